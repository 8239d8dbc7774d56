/** The day that a tenant is in: its date there, and when it ends. */
export interface TenantDay {
  /** ISO 8601 date, `2026-01-05`. */
  readonly day: string
  readonly endsAtMs: number
}

interface Zone {
  readonly dates: Intl.DateTimeFormat
  today: TenantDay
  startsAtMs: number
}

/** There are about 600 IANA zones and links; a table past this is started afresh. */
const zonesMax = 1_000
/** No day is longer: 24 hours and the largest clock change. */
const longestDayMs = 27 * 3_600_000

/** Answers which day it is in a time zone; works it out once a day and zone. */
export function createTenantDays(): (nowMs: number, timeZone: string) => TenantDay {
  const zones = new Map<string, Zone>()

  return (nowMs, timeZone) => {
    const known = zones.get(timeZone)
    if (known && nowMs >= known.startsAtMs && nowMs < known.today.endsAtMs) return known.today
    const dates = known?.dates ?? datesIn(timeZone)
    const today = workOut(nowMs, dates)
    if (zones.size >= zonesMax) zones.clear()
    zones.set(timeZone, { dates, today, startsAtMs: nowMs })
    return today
  }
}

/** Throws RangeError for a zone that does not exist. */
function datesIn(timeZone: string): Intl.DateTimeFormat {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  return new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone, calendar: 'iso8601' })
}

/** Searches the first moment that is not today, to the millisecond: zones change their offsets. */
function workOut(nowMs: number, dates: Intl.DateTimeFormat): TenantDay {
  const day = dates.format(nowMs)
  let lastTodayMs = nowMs
  let endsAtMs = nowMs + longestDayMs
  while (endsAtMs - lastTodayMs > 1) {
    const middleMs = Math.floor((lastTodayMs + endsAtMs) / 2)
    if (dates.format(middleMs) === day) lastTodayMs = middleMs
    else endsAtMs = middleMs
  }
  return { day, endsAtMs }
}
