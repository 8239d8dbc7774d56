import type { KeyFile, TreeId } from '../sealing/key-file.ts'
import { monthOf } from '../sealing/month.ts'
import { EventOpener } from '../sealing/open-events.ts'
import type { IndexFile } from './index-file.ts'
import { progressOf } from './index-writer.ts'
import { conditionsOf, type RecordQuery } from './query.ts'
import { type CallRecord, isUnreadable, recordOf } from './record.ts'

/** Records that one page has at most. */
export const pageRecordsMax = 1_000
const streamedRecords = 500

/** Which page of what was found. */
export interface PageRequest {
  /** At most `pageRecordsMax`. */
  readonly limit?: number | undefined
  /** As the page before gave it; undefined: the first. */
  readonly cursor?: string | undefined
  readonly order?: 'newest' | 'oldest' | undefined
}

/** A page of records. */
export interface RecordPage {
  readonly records: readonly CallRecord[]
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined
  /** The first entry of the log that the index had not yet. */
  readonly upTo: number
}

interface Place {
  readonly atMs: number
  readonly index: number
}

/** The records of calls and refusals, as far as the index has come. */
export class CallRecords {
  readonly #file: IndexFile
  readonly #keys: KeyFile | undefined
  readonly #opener: EventOpener

  constructor(file: IndexFile, keys: KeyFile | undefined) {
    this.#file = file
    this.#keys = keys
    this.#opener = new EventOpener(keys)
  }

  /** One page, the newest first unless told otherwise. Throws `RangeError` on a cursor that is none. */
  search(
    query: RecordQuery,
    { limit = 100, cursor, order = 'newest' }: PageRequest = {},
  ): RecordPage {
    this.#opener.refresh()
    const count = Math.min(Math.max(1, limit), pageRecordsMax)
    const from = cursor === undefined ? undefined : readCursor(cursor)
    const { next: upTo } = progressOf(this.#file)
    const records: CallRecord[] = []
    for (const record of this.#found(query, { from, order, count: count + 1 })) {
      if (records.length === count) return { records, next: cursorAt(records.at(-1)), upTo }
      records.push(record)
    }
    return { records, next: undefined, upTo }
  }

  /** Everything that is found, the oldest first, with one page in memory. */
  async *stream(query: RecordQuery): AsyncGenerator<CallRecord> {
    let cursor: string | undefined
    do {
      const page = this.search(query, { limit: streamedRecords, cursor, order: 'oldest' })
      yield* page.records
      cursor = page.next
    } while (cursor !== undefined)
  }

  /** The calls from or to a number within so long before and after a moment, the nearest first. */
  trace(asked: TraceRequest): readonly CallRecord[] {
    const { number, aroundMs, withinMs, tenants, limit = 100 } = asked
    this.#opener.refresh()
    const range = { fromMs: aroundMs - withinMs, toMs: aroundMs + withinMs + 1 }
    const query = { number, tenants, ...range }
    const { text, values } = conditionsOf(query, this.#keys, this.#opener)
    const sql = `SELECT * FROM call WHERE ${text} ORDER BY abs(at_ms - ?), id LIMIT ?`
    const count = Math.min(Math.max(1, limit), pageRecordsMax)
    const rows = this.#file.statement(sql).all(...values, aroundMs, count)
    return rows.map((row) => recordOf(row, this.#opener))
  }

  /**
   * Of which tenant and month the oldest or newest record does not open; undefined where they do, or were
   * erased. Where the keys are lost, or another gate's, no number is found.
   */
  lostKeys(): Pick<TreeId, 'tenant' | 'month'> | undefined {
    this.#opener.refresh()
    const ends = ['ASC', 'DESC'].map((order) =>
      this.#file.statement(`SELECT * FROM call ORDER BY at_ms ${order} LIMIT 1`).get(),
    )
    const lost = ends.find((row) => row && isUnreadable(row, this.#opener))
    return lost && { tenant: String(lost.tenant), month: monthOf(Number(lost.at_ms)) }
  }

  *#found(
    query: RecordQuery,
    { from, order, count }: { from: Place | undefined; order: 'newest' | 'oldest'; count: number },
  ): Generator<CallRecord> {
    const { text, values } = conditionsOf(query, this.#keys, this.#opener)
    const [after, direction] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC']
    const onwards = from ? ` AND (at_ms, id) ${after} (?, ?)` : ''
    const place = from ? [from.atMs, from.index] : []
    const sql = `SELECT * FROM call WHERE ${text}${onwards}
      ORDER BY at_ms ${direction}, id ${direction} LIMIT ?`
    // A tag finds others too: how many rows it takes shows only when they are opened.
    const limit = query.sipCallId === undefined ? count : -1
    for (const row of this.#file.statement(sql).iterate(...values, ...place, limit)) {
      const record = recordOf(row, this.#opener)
      if (query.sipCallId === undefined || record.sipCallId === query.sipCallId) yield record
    }
  }
}

/** What a traceback asks: who called, or was called, when. */
export interface TraceRequest {
  /** E.164. */
  readonly number: string
  readonly aroundMs: number
  readonly withinMs: number
  readonly tenants?: readonly string[] | undefined
  readonly limit?: number | undefined
}

function cursorAt(last: CallRecord | undefined): string | undefined {
  if (!last) return undefined
  const { atMs, index } = last
  return Buffer.from(`${atMs}.${index}`).toString('base64url')
}

function readCursor(cursor: string): Place {
  const [, atMs, index] =
    /^(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (atMs === undefined || index === undefined) throw new RangeError('the cursor is none of ours')
  return { atMs: Number(atMs), index: Number(index) }
}
