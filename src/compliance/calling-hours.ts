import type { DayWindow, HoursRow } from '../domain/compliance.ts'
import type { Holidays } from './holidays.ts'
import type { ZoneOffsets } from './zone-offsets.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** 1970-01-01 was a Thursday. */
const firstWeekday = 4
const daysOfWeek = 7

/** How far ahead the next opening is looked for. */
const horizonMs = dayMs
/** Each step passes at least one closing of one row in one zone. */
const stepsMax = 500

/** The row that a call may not be placed by, and until when. */
export interface ClosedHours {
  readonly row: HoursRow
  readonly timeZone: string
  /** Until all rows are open in all zones; undefined where that is more than a day away. */
  readonly opensInMs: number | undefined
}

export interface HoursQuestion {
  readonly rows: readonly HoursRow[]
  /** Every zone the callee may be in. */
  readonly zones: readonly string[]
  /** The region for rows that are of no region in particular. */
  readonly region: string
  readonly nowMs: number
}

interface Closed {
  readonly row: HoursRow
  readonly timeZone: string
}

/** Local time: days since 1970-01-01, and what of the day is over. */
interface LocalTime {
  readonly day: number
  readonly msOfDay: number
}

/** Says whether hours are open: in every zone, by every row; where not, for how long. */
export class CallingHours {
  readonly #offsets: ZoneOffsets
  readonly #holidays: Holidays

  constructor(offsets: ZoneOffsets, holidays: Holidays) {
    this.#offsets = offsets
    this.#holidays = holidays
  }

  /** Undefined where a call may be placed now. */
  closed(question: HoursQuestion): ClosedHours | undefined {
    const { nowMs } = question
    const first = this.#closedAt(question, nowMs)
    if (!first) return undefined
    let at: number | undefined = nowMs
    let closed: Closed | undefined = first
    for (let step = 0; step < stepsMax && closed && at !== undefined; step++) {
      at = this.#nextOpening(question.region, closed, at)
      if (at === undefined || at - nowMs > horizonMs) return { ...first, opensInMs: undefined }
      closed = this.#closedAt(question, at)
    }
    const opens = closed === undefined && at !== undefined
    return { ...first, opensInMs: opens ? at - nowMs : undefined }
  }

  #closedAt({ rows, zones, region }: HoursQuestion, atMs: number): Closed | undefined {
    const seen = new Set<number>()
    for (const timeZone of zones) {
      const offsetMs = this.#offsets.offsetMs(timeZone, atMs)
      // Zones of one offset are one local time, and so one answer.
      if (seen.has(offsetMs)) continue
      seen.add(offsetMs)
      const { day, msOfDay } = localTime(atMs, offsetMs)
      const minute = Math.floor(msOfDay / minuteMs)
      const row = rows.find((each) => !this.#windows(region, each, day).some(holds(minute)))
      if (row) return { row, timeZone }
    }
    return undefined
  }

  /** When the row opens next in that zone; undefined where it does not within the horizon. */
  #nextOpening(region: string, { row, timeZone }: Closed, atMs: number): number | undefined {
    const offsetMs = this.#offsets.offsetMs(timeZone, atMs)
    const { day, msOfDay } = localTime(atMs, offsetMs)
    for (let ahead = 0; ahead * dayMs <= horizonMs + dayMs; ahead++) {
      for (const { from } of this.#windows(region, row, day + ahead)) {
        const inMs = ahead * dayMs + from * minuteMs - msOfDay
        // Should the clocks be changed meanwhile, local time comes sooner or later.
        if (inMs > 0) return atMs + inMs + offsetMs - this.#offsets.offsetMs(timeZone, atMs + inMs)
      }
    }
    return undefined
  }

  #windows(region: string, row: HoursRow, day: number): readonly DayWindow[] {
    const place = row.region === '*' ? region : row.region
    if (row.closedOnHolidays && this.#holidays.has(day, place, row.subdivision)) return []
    return row.week[(day + firstWeekday) % daysOfWeek] ?? []
  }
}

function localTime(atMs: number, offsetMs: number): LocalTime {
  const localMs = atMs + offsetMs
  const day = Math.floor(localMs / dayMs)
  return { day, msOfDay: localMs - day * dayMs }
}

function holds(minute: number): (window: DayWindow) => boolean {
  return ({ from, to }) => from <= minute && minute < to
}
