import { z } from 'zod'
import * as type from './types.ts'

const budget = z
  .strictObject({
    currency: type.currency.describe('Currency, ISO 4217.'),
    perDayMicros: type.micros
      .optional()
      .describe('The most that calls of one day may cost, in millionths of the currency.'),
    perMonthMicros: type.micros
      .optional()
      .describe('The most that calls of one month may cost, in millionths of the currency.'),
  })
  .refine(({ perDayMicros, perMonthMicros }) => perDayMicros ?? perMonthMicros, {
    message: 'needs perDayMicros or perMonthMicros',
  })

/** All limits there are, field by field. */
export const limitFields = z.strictObject({
  callsPerSecondMax: type.whole(1, 100_000).optional().describe('Calls admitted a second.'),
  burst: type
    .whole(0, 100_000)
    .default(0)
    .describe('Calls beyond that rate that may come at once after a quiet time.'),
  callsPerMinuteMax: type.whole(1).optional().describe('Calls admitted in any 60 seconds.'),
  callsPerHourMax: type.whole(1).optional().describe('Calls admitted in any 60 minutes.'),
  concurrentMax: type
    .whole(1, 1_000_000)
    .optional()
    .describe('Calls in progress at the same time.'),
  callsPerDayMax: type
    .whole(1)
    .optional()
    .describe('Calls admitted in one day, by the time zone of the tenant or carrier.'),
  callsPerMonthMax: type
    .whole(1)
    .optional()
    .describe('Calls admitted in one month, by the time zone of the tenant or carrier.'),
  attemptsPerCallee24hMax: type
    .whole(1, 1000)
    .optional()
    .describe('Calls admitted to one called number in any 24 hours.'),
  attemptsPerCallee30dMax: type
    .whole(1, 1000)
    .optional()
    .describe('Calls admitted to one called number in any 30 days.'),
  budget: budget.optional().describe('What calls may cost together.'),
})

/** The same in words. */
export const limitsHelp =
  '`callsPerSecondMax`, `burst` (calls beyond the rate after a quiet time; 0 where left out), `callsPerMinuteMax`, `callsPerHourMax`, `concurrentMax`, `callsPerDayMax`, `callsPerMonthMax`, `attemptsPerCallee24hMax`, `attemptsPerCallee30dMax`, `budget` (`currency`, `perDayMicros`, `perMonthMicros`: millionths of the currency)'

/** How digits without `+` are meant. */
export const dialPlan = z
  .strictObject({
    outsideLine: type
      .digits(0, 4)
      .default('')
      .describe('Digits before every number, which lead out of the house.'),
    internationalPrefixes: type
      .list(type.digits(1, 6))
      .default([])
      .describe('What stands before a country code, such as `00` or `011`.'),
    nationalPrefix: type
      .digits(0, 4)
      .default('')
      .describe('What may stand before a national number, such as `0` or `1`.'),
    local: z
      .strictObject({
        areaCode: type.digits(1, 6).describe('The area of such a number.'),
        length: type.whole(3, 12).describe('How many digits such a number has.'),
      })
      .optional()
      .describe('Numbers that are dialled without their area.'),
  })
  .transform(({ local, ...plan }) => ({ ...plan, local }))
