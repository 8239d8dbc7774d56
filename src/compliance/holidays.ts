import Calendar, { type HolidaysTypes } from 'date-holidays'

const dayMs = 24 * 3_600_000
/** Calendars of a place and year that are kept; a table past this is started afresh. */
const calendarsMax = 2_000

/** Days are counted from 1970-01-01. */
type Days = ReadonlySet<number>

/** Answers whether a day is a public holiday; works out a place's year once, in a millisecond or two. */
export class Holidays {
  readonly #calendars = new Map<string, Days>()

  /** A region that the calendars do not know has no holidays. */
  has(day: number, region: string, subdivision?: string): boolean {
    const date = new Date(day * dayMs)
    const year = date.getUTCFullYear()
    if (this.#of(year, region, subdivision).has(day)) return true
    // Some begin in December and last over the new year.
    return date.getUTCMonth() === 0 && this.#of(year - 1, region, subdivision).has(day)
  }

  #of(year: number, region: string, subdivision: string | undefined): Days {
    const name = `${region} ${subdivision ?? ''} ${year}`
    const known = this.#calendars.get(name)
    if (known) return known
    if (this.#calendars.size >= calendarsMax) this.#calendars.clear()
    const days = publicHolidays(year, region, subdivision)
    this.#calendars.set(name, days)
    return days
  }
}

function publicHolidays(year: number, region: string, subdivision: string | undefined): Days {
  // Of public ones alone: the others are many and take ten times as long.
  const calendar = new Calendar(region, subdivision ?? '', { types: ['public'] })
  return new Set(calendar.getHolidays(year).flatMap(daysOf))
}

/** Every day of a holiday: Eid, Seollal and Tết have several, and some of them a part. */
function daysOf({ date, start, end }: HolidaysTypes.Holiday): readonly number[] {
  // A local date and time of day, such as `2026-07-03 00:00:00`.
  const first = Date.parse(`${date.slice(0, 'YYYY-MM-DD'.length)}T00:00:00Z`) / dayMs
  // To the nearest: a day on which clocks are changed is an hour longer or shorter.
  const count = Math.max(1, Math.round((end.getTime() - start.getTime()) / dayMs))
  return Array.from({ length: count }, (_, at) => first + at)
}
