import type { PassportFault } from '../../domain/passport-faults.ts'

/** RFC 3261 25.1, SIP-date; always GMT. */
const sipDate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** The moment of a Date header field; undefined where it is none, a wrong weekday included. */
export function parseSipDate(value: string): number | undefined {
  const text = value.trim()
  const atMs = sipDate.test(text) ? Date.parse(text) : Number.NaN
  // Printing it again finds days that no month has and weekdays that the day is not.
  return !Number.isNaN(atMs) && new Date(atMs).toUTCString() === text ? atMs : undefined
}

export interface Freshness {
  readonly nowMs: number
  /** How far after now a moment may be. */
  readonly skewMs: number
  /** How far before. */
  readonly ageMaxMs: number
}

/** RFC 8224 6.2: whether a PASSporT is of now. */
export function iatFault(
  iatS: number,
  { nowMs, skewMs, ageMaxMs }: Freshness,
): PassportFault | undefined {
  const ageMs = nowMs - iatS * 1000
  if (ageMs > ageMaxMs) return 'iat_stale'
  return ageMs < -skewMs ? 'iat_in_future' : undefined
}

/** RFC 8224 6.2: a Date header is of now, or the call is stale; one need not be there. */
export function dateFault(
  dateHeader: string | undefined,
  { nowMs, skewMs, ageMaxMs }: Freshness,
): PassportFault | undefined {
  if (dateHeader === undefined) return undefined
  const atMs = parseSipDate(dateHeader)
  if (atMs === undefined || nowMs - atMs > ageMaxMs || atMs - nowMs > skewMs) return 'date_stale'
  return undefined
}
