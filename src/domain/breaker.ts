/** When the spike breaker of a key or tenant opens; a share that is undefined is not looked at. */
export interface BreakerTerms {
  /** How many times the usual attempts of this hour of the week in one minute are too many. */
  readonly attemptsFactorMax: number
  /** Attempts in a minute that are never too many, whatever is usual; what is left while throttled. */
  readonly attemptsFloor: number
  /** Calls within the last minutes below which no share is looked at. */
  readonly callsMin: number
  /** Of the calls that ended, at least so many were answered. */
  readonly answeredShareMin?: number | undefined
  /** Of the calls answered, at most so many ended within seconds. */
  readonly shortShareMax?: number | undefined
  /** Of the attempts, at most so many went to a number of their own. */
  readonly distinctShareMax?: number | undefined
  /** Of the attempts, at most so many went to a number next to the one before. */
  readonly sequentialShareMax?: number | undefined
  /** Of the attempts, at most so many were refused. */
  readonly refusedShareMax?: number | undefined
  /** How long it stays open before a few calls are let through to try, seconds. */
  readonly openS: number
  /** How many calls are let through to try. */
  readonly probes: number
}
