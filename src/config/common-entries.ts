import { z } from 'zod'
import * as type from './types.ts'

const budget = z
  .strictObject({
    currency: type.currency,
    perDayMicros: type.micros.optional(),
    perMonthMicros: type.micros.optional(),
  })
  .refine(({ perDayMicros, perMonthMicros }) => perDayMicros ?? perMonthMicros, {
    message: 'needs perDayMicros or perMonthMicros',
  })

/** All limits there are, field by field. */
export const limitFields = z.strictObject({
  callsPerSecondMax: type.whole(1, 100_000).optional(),
  burst: type.whole(0, 100_000).default(0),
  callsPerMinuteMax: type.whole(1).optional(),
  callsPerHourMax: type.whole(1).optional(),
  concurrentMax: type.whole(1, 1_000_000).optional(),
  callsPerDayMax: type.whole(1).optional(),
  callsPerMonthMax: type.whole(1).optional(),
  attemptsPerCallee24hMax: type.whole(1, 1000).optional(),
  attemptsPerCallee30dMax: type.whole(1, 1000).optional(),
  budget: budget.optional(),
})

/** The same in words. */
export const limitsHelp =
  '`callsPerSecondMax`, `burst` (calls beyond the rate after a quiet time; 0 where left out), `callsPerMinuteMax`, `callsPerHourMax`, `concurrentMax`, `callsPerDayMax`, `callsPerMonthMax`, `attemptsPerCallee24hMax`, `attemptsPerCallee30dMax`, `budget` (`currency`, `perDayMicros`, `perMonthMicros`: millionths of the currency)'

/** How digits without `+` are meant. */
export const dialPlan = z
  .strictObject({
    outsideLine: type.digits(0, 4).default(''),
    internationalPrefixes: type.list(type.digits(1, 6)).default([]),
    nationalPrefix: type.digits(0, 4).default(''),
    local: z.strictObject({ areaCode: type.digits(1, 6), length: type.whole(3, 12) }).optional(),
  })
  .transform(({ local, ...plan }) => ({ ...plan, local }))
