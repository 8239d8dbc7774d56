import type { CallClass } from '../domain/call-class.ts'
import {
  type AttemptsRow,
  type ComplianceTables,
  type ConsentRow,
  type HoursRow,
  type RecordingPractice,
  type RecordingRow,
  type RuleOrigin,
  recordingPractices,
  recordingRules,
} from '../domain/compliance.ts'
import { CallingHours, type ClosedHours } from './calling-hours.ts'
import { Holidays } from './holidays.ts'
import type { Place } from './place.ts'
import { ZoneOffsets } from './zone-offsets.ts'

const dayMs = 24 * 3_600_000
/** Places whose rows are kept together; a table past this is started afresh. */
const placesMax = 5_000

/** The most that may be tried within one window, and by which row. */
export interface AttemptsMax {
  readonly window: AttemptsRow['window']
  readonly attemptsMax: number
  readonly row: AttemptsRow
}

/** A call to somewhere, as the law sees it. */
export interface LawQuestion {
  readonly place: Place
  readonly callClass: CallClass
}

interface Applying {
  readonly hours: readonly HoursRow[]
  readonly attempts: readonly AttemptsMax[]
  readonly consent: ConsentRow | undefined
}

/**
 * Answers what the tables say of a call. All rows of the region and of every state it may be in hold
 * together, so the strictest decides; where the state cannot be told, those of all states hold. A
 * region that no row names has the rows of `*`.
 */
export class RuleBook {
  readonly #tables: ComplianceTables
  readonly #regions: ReadonlySet<string>
  readonly #holidays = new Holidays()
  readonly #hours: CallingHours
  readonly #offsets = new ZoneOffsets()
  readonly #applying = new Map<string, Applying>()
  readonly #recording = new Map<string, RecordingRow | undefined>()

  constructor(tables: ComplianceTables) {
    this.#tables = tables
    this.#regions = new Set(
      Object.values(tables)
        .flat()
        .map(({ region }) => region),
    )
    this.#hours = new CallingHours(this.#offsets, this.#holidays)
  }

  /** The rows that it goes by. */
  get tables(): ComplianceTables {
    return this.#tables
  }

  /** Works out what would take a call some milliseconds: many zones, and the holidays of the year. */
  warmUp(zones: readonly string[], nowMs: number): void {
    for (const timeZone of zones) this.#offsets.offsetMs(timeZone, nowMs)
    for (const { region, subdivision, closedOnHolidays } of this.#tables.hours) {
      if (!closedOnHolidays || region === '*') continue
      this.#holidays.has(Math.floor(nowMs / dayMs), region, subdivision)
    }
  }

  /** Whether any row is about the hours of such a call. */
  hasHours(question: LawQuestion): boolean {
    return this.#applyingTo(question).hours.length > 0
  }

  /** Undefined where the call may be placed now, in every zone of the place and by every row. */
  closedHours(question: LawQuestion, nowMs: number): ClosedHours | undefined {
    const { region, zones } = question.place
    const { hours: rows } = this.#applyingTo(question)
    return rows.length === 0 ? undefined : this.#hours.closed({ rows, zones, region, nowMs })
  }

  /** How often the number may be tried, the least for each window. */
  attemptsMax(question: LawQuestion): readonly AttemptsMax[] {
    return this.#applyingTo(question).attempts
  }

  /** The row by which the call needs consent on record; undefined where none does. */
  consentRow(question: LawQuestion): ConsentRow | undefined {
    return this.#applyingTo(question).consent
  }

  /** The strictest row that does not let a call between these places be recorded like this. */
  recordingBar(places: readonly Place[], practice: RecordingPractice): RecordingRow | undefined {
    if (practice === 'none') return undefined
    const rows = places.map((place) => this.#recordingRow(place))
    return strictest(rows.filter((row) => row !== undefined && !allows(row, practice)))
  }

  #applyingTo({ place, callClass }: LawQuestion): Applying {
    const name = `${callClass} ${nameOf(place)}`
    return keep(this.#applying, name, () => ({
      hours: this.#inPlace(this.#tables.hours, place).filter(isAbout(callClass)),
      attempts: leastPerWindow(
        this.#inPlace(this.#tables.attempts, place).filter(isAbout(callClass)),
      ),
      consent: this.#inPlace(this.#tables.consent, place).find(isAbout(callClass)),
    }))
  }

  #inPlace<Row extends RuleOrigin>(rows: readonly Row[], place: Place): readonly Row[] {
    const { subdivisions } = place
    const region = this.#regions.has(place.region) ? place.region : '*'
    return rows.filter((row) => {
      if (row.region !== region) return false
      const { subdivision } = row
      return !subdivision || !subdivisions || subdivisions.includes(subdivision)
    })
  }

  #recordingRow(place: Place): RecordingRow | undefined {
    const find = () => strictest(this.#inPlace(this.#tables.recording, place))
    return keep(this.#recording, nameOf(place), find)
  }
}

function isAbout(callClass: CallClass): (row: { classes: readonly CallClass[] }) => boolean {
  return ({ classes }) => classes.includes(callClass)
}

function nameOf({ region, subdivisions }: Place): string {
  return `${region} ${subdivisions?.join() ?? '?'}`
}

function keep<Value>(kept: Map<string, Value>, name: string, make: () => Value): Value {
  const known = kept.get(name)
  if (known !== undefined || kept.has(name)) return known as Value
  if (kept.size >= placesMax) kept.clear()
  const value = make()
  kept.set(name, value)
  return value
}

function leastPerWindow(rows: readonly AttemptsRow[]): readonly AttemptsMax[] {
  const least = new Map<string, AttemptsRow>()
  for (const row of rows) {
    const known = least.get(row.window)
    if (!known || row.attemptsMax < known.attemptsMax) least.set(row.window, row)
  }
  return [...least.values()].map((row) => {
    const { window, attemptsMax } = row
    return { window, attemptsMax, row }
  })
}

function strictest(rows: readonly (RecordingRow | undefined)[]): RecordingRow | undefined {
  return rows.reduce((strict, row) => (rank(row) > rank(strict) ? row : strict), undefined)
}

function rank(row: RecordingRow | undefined): number {
  return row ? recordingRules.indexOf(row.rule) : -1
}

/** The practices are in the order of the rules: each does what the rule before the next asks. */
function allows({ rule }: RecordingRow, practice: RecordingPractice): boolean {
  return recordingPractices.indexOf(practice) > recordingRules.indexOf(rule)
}
