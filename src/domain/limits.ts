/** How much traffic there may be. Undefined means without that limit. */
export interface TrafficLimits {
  /** Admissions a second; 5 means 5. */
  readonly callsPerSecondMax: number | undefined
  /** How many admissions beyond the rate may come at once after a quiet time; 0 for none. */
  readonly burst: number
  /** Admissions in any 60 seconds. */
  readonly callsPerMinuteMax: number | undefined
  /** Admissions in any 60 minutes. */
  readonly callsPerHourMax: number | undefined
  readonly concurrentMax: number | undefined
}

/** What calls may cost together, in whole micros of one currency. */
export interface BudgetCaps {
  /** ISO 4217. */
  readonly currency: string
  /** In one day of the tenant's time zone. */
  readonly perDayMicros: number | undefined
  /** In one month of the tenant's time zone. */
  readonly perMonthMicros: number | undefined
}

/** All limits of a key or of a tenant. Undefined means without that limit. */
export interface Limits extends TrafficLimits {
  /** Admissions in one day of the tenant's time zone. */
  readonly callsPerDayMax: number | undefined
  /** Admissions in one month of the tenant's time zone. */
  readonly callsPerMonthMax: number | undefined
  /** Admissions to one called number in any 24 hours. */
  readonly attemptsPerCallee24hMax: number | undefined
  /** Admissions to one called number in any 30 days. */
  readonly attemptsPerCallee30dMax: number | undefined
  readonly budget: BudgetCaps | undefined
}

/** As much traffic as comes. */
export const noTrafficLimits: TrafficLimits = {
  callsPerSecondMax: undefined,
  burst: 0,
  callsPerMinuteMax: undefined,
  callsPerHourMax: undefined,
  concurrentMax: undefined,
}

/** No limit at all. */
export const noLimits: Limits = {
  ...noTrafficLimits,
  callsPerDayMax: undefined,
  callsPerMonthMax: undefined,
  attemptsPerCallee24hMax: undefined,
  attemptsPerCallee30dMax: undefined,
  budget: undefined,
}

/** A day or a month of the tenant: its name there, and when it ends. */
export interface Period {
  readonly unit: 'day' | 'month'
  /** ISO 8601: `2026-01-05`, `2026-01`. */
  readonly name: string
  readonly endsAtMs: number
}
