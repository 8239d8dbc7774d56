import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What is wrong with one line of a file. */
export interface LineFault {
  /** As an editor counts: the first line is 1. */
  readonly line: number
  /** Name of the column; undefined where the line as a whole is at fault. */
  readonly column: string | undefined
  readonly reason: string
}

/** What is wrong with one cell. */
export interface CellFault {
  readonly column: string
  readonly reason: string
}

/** What the lines of a file are. */
export interface CsvForm {
  /** Columns that must be there, then those that may be; `take` gets the cells in this order. */
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** Keeps one line, or says which of its cells is at fault. Absent optional cells are empty. */
  take(cells: readonly string[], line: number): CellFault | undefined
}

/** What bad lines do to the rest: nothing is kept, or they alone are left out. */
export type BadLines = 'refuse' | 'skip'

export interface CsvReport {
  /** Whether what was taken may be used. */
  readonly ok: boolean
  readonly linesTaken: number
  readonly linesBad: number
  /** The first of them, at most `faultsMax`. */
  readonly faults: readonly LineFault[]
}

/** Bytes, as `bytesIn` or any other source gives them. */
export type ByteSource = AsyncIterable<Uint8Array>

/**
 * The bytes of a file, opened once somebody reads them: a stream whose file is not there fails for nobody in
 * particular, and ends the process, where its reader is not there yet.
 */
export async function* bytesIn(path: string): ByteSource {
  yield* createReadStream(path)
}

/** Faults that are told one by one; the rest is only counted. */
export const faultsMax = 100
/** A line that is longer holds no row of ours, and a quote that is never closed ends here. */
const lineCharsMax = 4096
const nameCharsShown = 40

/**
 * Reads CSV (RFC 4180) whose first line names the columns, in any order and among others. Chunk by
 * chunk, so that its memory does not grow with the file. Every bad line is reported with its number,
 * its column and the reason; a source that cannot be read rejects.
 */
export async function readCsv(
  source: ByteSource,
  form: CsvForm,
  badLines: BadLines,
): Promise<CsvReport> {
  const reading = new Reading(form)
  // On demand: whoever declares things can read such a file, and hardly any command does.
  const { parse } = await import('csv-parse')
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    skip_records_with_error: true,
    max_record_size: lineCharsMax,
    on_record: (cells: string[], { lines }) => {
      reading.line(cells, lines)
      // Nothing is handed on: what is taken is kept by the form.
      return null
    },
    on_skip: (error) => {
      reading.broken(error)
      return undefined
    },
  })
  const nowhere = new Writable({ objectMode: true, write: (_row, _encoding, done) => done() })
  await pipeline(source, parser, nowhere)
  return reading.report(badLines)
}

/** Where the form's columns stand in the file. */
type Places = readonly number[]

class Reading {
  readonly #form: CsvForm
  readonly #faults: LineFault[] = []
  #places: Places | undefined
  #headerRead = false
  #taken = 0
  #bad = 0

  constructor(form: CsvForm) {
    this.#form = form
  }

  line(cells: readonly string[], line: number): void {
    if (!this.#headerRead) this.#header(cells, line)
    else if (this.#places) this.#row(this.#places, cells, line)
  }

  #row(places: Places, cells: readonly string[], line: number): void {
    const ordered = places.map((place) => cells[place] ?? '')
    const missing = this.#form.required.findIndex((_, at) => ordered[at] === '')
    const fault =
      missing < 0
        ? this.#form.take(ordered, line)
        : { column: this.#form.required[missing] ?? '', reason: 'is empty' }
    if (fault) this.#fault({ line, ...fault })
    else this.#taken++
  }

  broken(error: unknown): void {
    const { code, lines } = Object(error) as { code?: unknown; lines?: unknown }
    const reason = `is not CSV (${wordsOf(code)})`
    this.#fault({ line: Number(lines ?? 0), column: undefined, reason })
  }

  report(badLines: BadLines): CsvReport {
    if (!this.#headerRead) this.#fault({ line: 1, column: undefined, reason: 'names no columns' })
    const ok = this.#places !== undefined && (this.#bad === 0 || badLines === 'skip')
    return { ok, linesTaken: this.#taken, linesBad: this.#bad, faults: this.#faults }
  }

  #header(cells: readonly string[], line: number): void {
    this.#headerRead = true
    const names = cells.map((cell) => cell.toLowerCase())
    const { required, optional } = this.#form
    const lost = required.filter((name) => !names.includes(name))
    const twice = [...required, ...optional].filter((name) => isTwiceIn(names, name))
    for (const column of lost) this.#fault({ line, column, reason: 'the column is missing' })
    for (const column of twice) this.#fault({ line, column, reason: 'the column appears twice' })
    if (lost.length + twice.length > 0) return
    this.#places = [...required, ...optional].map((name) => names.indexOf(name))
  }

  #fault(fault: LineFault): void {
    this.#bad++
    if (this.#faults.length < faultsMax) this.#faults.push(fault)
  }
}

function isTwiceIn(names: readonly string[], name: string): boolean {
  return names.indexOf(name) !== names.lastIndexOf(name)
}

/** `CSV_MAX_RECORD_SIZE` as a reader would say it. */
function wordsOf(code: unknown): string {
  return String(code ?? 'unreadable')
    .replace(/^CSV_/, '')
    .toLowerCase()
    .replaceAll('_', ' ')
    .slice(0, nameCharsShown)
}

/** One line a fault, for a person who has to mend the file. */
export function faultLines({ faults, linesBad }: CsvReport): readonly string[] {
  const lines = faults.map(({ line, column, reason }) =>
    column === undefined ? `line ${line}: ${reason}` : `line ${line}, ${column}: ${reason}`,
  )
  return linesBad > faults.length ? [...lines, `and ${linesBad - faults.length} more`] : lines
}

/** The same as one text, indented. */
export function faultsText(report: CsvReport): string {
  return faultLines(report)
    .map((line) => `  ${line}`)
    .join('\n')
}
