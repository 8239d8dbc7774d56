import type { Period } from '../domain/limits.ts'

/** The day and the month that it is somewhere. */
export interface Periods {
  readonly day: Period
  readonly month: Period
}

interface Zone {
  readonly days: Intl.DateTimeFormat
  readonly months: Intl.DateTimeFormat
  now: Periods
  startsAtMs: number
}

/** There are about 600 IANA zones and links; a table past this is started afresh. */
const zonesMax = 1_000
/** No day is longer: 24 hours and the largest clock change. */
const longestDayMs = 27 * 3_600_000
const longestMonthMs = 32 * 24 * 3_600_000

/** Answers which day and month it is in a time zone; works it out once a day and zone. */
export function createPeriods(): (nowMs: number, timeZone: string) => Periods {
  const zones = new Map<string, Zone>()

  return (nowMs, timeZone) => {
    const known = zones.get(timeZone)
    if (known && nowMs >= known.startsAtMs && nowMs < known.now.day.endsAtMs) return known.now
    const { days, months } = known ?? formatsOf(timeZone)
    const day = workOut('day', nowMs, days)
    const isSameMonth = known && nowMs >= known.startsAtMs && nowMs < known.now.month.endsAtMs
    const month = isSameMonth ? known.now.month : workOut('month', nowMs, months)
    const now = { day, month }
    if (zones.size >= zonesMax) zones.clear()
    zones.set(timeZone, { days, months, now, startsAtMs: nowMs })
    return now
  }
}

/** Throws RangeError for a zone that does not exist. */
function formatsOf(timeZone: string): Pick<Zone, 'days' | 'months'> {
  const common = { timeZone, calendar: 'iso8601', year: 'numeric', month: '2-digit' } as const
  return {
    days: new Intl.DateTimeFormat('sv-SE', { ...common, day: '2-digit' }),
    months: new Intl.DateTimeFormat('sv-SE', common),
  }
}

/** Searches the first moment that is not in it, to the millisecond: zones change their offsets. */
function workOut(unit: Period['unit'], nowMs: number, names: Intl.DateTimeFormat): Period {
  const name = names.format(nowMs)
  let lastWithinMs = nowMs
  let endsAtMs = nowMs + (unit === 'day' ? longestDayMs : longestMonthMs)
  while (endsAtMs - lastWithinMs > 1) {
    const middleMs = Math.floor((lastWithinMs + endsAtMs) / 2)
    if (names.format(middleMs) === name) lastWithinMs = middleMs
    else endsAtMs = middleMs
  }
  return { unit, name, endsAtMs }
}
