/** What calls to one prefix cost, as a row of a carrier's rate deck. Money is in whole micros. */
export interface Rate {
  /** Digits without `+`; the longest one that a number begins with is its rate. */
  readonly prefix: string
  /** ISO 4217. */
  readonly currency: string
  readonly perMinuteMicros: number
  /** Once, for every call that was answered. */
  readonly connectionFeeMicros: number
  /** What an answered call is billed for at least, seconds. */
  readonly firstIncrementS: number
  /** In steps of how many seconds the rest is billed. */
  readonly nextIncrementS: number
}

/**
 * What an answered call of this length costs, in whole micros, by the carrier's increments. A second
 * begun is a second, an increment begun is an increment, and a micro begun is a micro, so that what
 * is reserved by this sum is never less than what is billed by it.
 */
export function costMicros(rate: Rate, durationMs: number): number {
  const { perMinuteMicros, connectionFeeMicros } = rate
  const billedS = billedSeconds(rate, Math.ceil(Math.max(0, durationMs) / 1000))
  return connectionFeeMicros + Math.ceil((billedS * perMinuteMicros) / 60)
}

function billedSeconds({ firstIncrementS, nextIncrementS }: Rate, seconds: number): number {
  const firstS = Math.max(1, firstIncrementS)
  const nextS = Math.max(1, nextIncrementS)
  return seconds <= firstS ? firstS : firstS + Math.ceil((seconds - firstS) / nextS) * nextS
}
