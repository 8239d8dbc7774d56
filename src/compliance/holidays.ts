import Calendar from 'date-holidays'

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
    const year = new Date(day * dayMs).getUTCFullYear()
    return this.#of(year, region, subdivision).has(day)
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
  const days = calendar
    .getHolidays(year)
    // A local date and time of day, such as `2026-07-03 00:00:00`.
    .map(({ date }) => Date.parse(`${date.slice(0, 'YYYY-MM-DD'.length)}T00:00:00Z`) / dayMs)
  return new Set(days)
}
