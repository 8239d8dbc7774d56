/** What calls may cost together, in whole micros of one currency. */
export interface BudgetCaps {
  /** ISO 4217. */
  readonly currency: string
  /** In one day of the owner's time zone. */
  readonly perDayMicros: number | undefined
  /** In one month of the owner's time zone. */
  readonly perMonthMicros: number | undefined
}

/** All limits of a key, tenant, carrier or gateway. Undefined means without that limit. */
export interface Limits {
  /** Admissions a second; 5 means 5. */
  readonly callsPerSecondMax: number | undefined
  /** How many admissions beyond the rate may come at once after a quiet time; 0 for none. */
  readonly burst: number
  /** Admissions in any 60 seconds. */
  readonly callsPerMinuteMax: number | undefined
  /** Admissions in any 60 minutes. */
  readonly callsPerHourMax: number | undefined
  readonly concurrentMax: number | undefined
  /** Admissions in one day of the time zone of the tenant, or of the carrier. */
  readonly callsPerDayMax: number | undefined
  /** Admissions in one month of that time zone. */
  readonly callsPerMonthMax: number | undefined
  /** Admissions to one called number in any 24 hours. */
  readonly attemptsPerCallee24hMax: number | undefined
  /** Admissions to one called number in any 30 days. */
  readonly attemptsPerCallee30dMax: number | undefined
  readonly budget: BudgetCaps | undefined
}

/** No limit at all. */
export const noLimits: Limits = {
  callsPerSecondMax: undefined,
  burst: 0,
  callsPerMinuteMax: undefined,
  callsPerHourMax: undefined,
  concurrentMax: undefined,
  callsPerDayMax: undefined,
  callsPerMonthMax: undefined,
  attemptsPerCallee24hMax: undefined,
  attemptsPerCallee30dMax: undefined,
  budget: undefined,
}

/** A day or a month of a time zone: its name there, and when it ends. */
export interface Period {
  readonly unit: 'day' | 'month'
  /** ISO 8601: `2026-01-05`, `2026-01`. */
  readonly name: string
  readonly endsAtMs: number
}
