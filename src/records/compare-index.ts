import { lockLog } from '../audit/lock.ts'
import { Failure } from '../kernel/failure.ts'
import type { KeyFile } from '../sealing/key-file.ts'
import { discardIndex, type IndexFile, isIndexThere } from './index-file.ts'
import { progressOf } from './index-writer.ts'
import { type EntrySource, Indexer } from './indexer.ts'
import type { Row } from './record.ts'

/** Entries of differing records that are named. */
const namedMax = 20

/** What an index tells otherwise than the log that it is kept behind. */
export interface Differences {
  readonly calls: number
  /** Records that are missing, not in the log, or other; one for all that is declared, one for where to look. */
  readonly differing: number
  /** Their entries in the log, the first of them. */
  readonly entries: readonly number[]
}

export interface CompareOptions {
  readonly kept: IndexFile
  readonly keys: KeyFile
  readonly source: EntrySource
  /** Brings an index that was made anew to where the kept one is. */
  readonly retire: (anew: IndexFile) => void
}

/**
 * Makes the index anew in a file beside it and compares every record; the kept one stays as it is. Finds
 * whatever was altered, added or taken away in it. Throws as SQLite does where the file is damaged.
 */
export async function compareIndex(options: CompareOptions): Promise<Differences> {
  const { kept, keys, source, retire } = options
  const path = besideIndex(kept.path)
  discardIndex(path)
  // From here on it is read as it is now, whoever writes to it.
  kept.database.exec('BEGIN')
  try {
    const [check] = Object.values(kept.database.prepare('PRAGMA integrity_check(1)').get() ?? {})
    if (check !== 'ok') throw new Failure('audit_unavailable', `the index is damaged: ${check}`)
    const { next } = progressOf(kept)
    using anew = new Indexer({
      path,
      keys,
      onAnew: () => undefined,
      source: (from, to = next) => source(from, Math.min(to, next)),
    })
    await anew.catchUp()
    if (!anew.file) throw new Error('it is open')
    retire(anew.file)
    return differencesOf(kept, anew.file)
  } finally {
    kept.database.exec('ROLLBACK')
    discardIndex(path)
  }
}

/**
 * Takes away what a comparison that was killed has left beside an index: what numbers are found by stands
 * in it, also of those that were erased since. A command holds its log, in `commandsDir`, as long as it
 * runs: where one does, what is there may be its own, and this throws.
 */
export function discardComparison(indexPath: string, commandsDir: string): void {
  const path = besideIndex(indexPath)
  if (!isIndexThere(path)) return
  using _alone = lockLog(commandsDir)
  discardIndex(path)
}

function besideIndex(path: string): string {
  return `${path}.check`
}

function differencesOf(kept: IndexFile, anew: IndexFile): Differences {
  const found: number[] = []
  let [calls, differing] = [0, 0]
  const differ = ({ id }: Row) => {
    differing++
    if (found.length < namedMax) found.push(Number(id))
  }
  for (const [one, other] of inPairs(rowsOf(kept), rowsOf(anew))) {
    if (one) calls++
    if (!one || !other || !isSame(one, other)) differ(one ?? other ?? {})
  }
  for (const table of ['declared', 'segment']) {
    if (allOf(table, kept) !== allOf(table, anew)) differing++
  }
  return { calls, differing, entries: found }
}

function allOf(table: string, file: IndexFile): string {
  return JSON.stringify(file.database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all())
}

function rowsOf(file: IndexFile): Iterator<Row> {
  return file.database.prepare('SELECT * FROM call ORDER BY id').iterate()
}

/** The rows of both by their ids, which grow; undefined where one has none of an id. */
function* inPairs(
  some: Iterator<Row>,
  others: Iterator<Row>,
): Generator<readonly [Row | undefined, Row | undefined]> {
  const after = (rows: Iterator<Row>) => {
    const { done, value } = rows.next()
    return done ? undefined : value
  }
  let [one, other] = [after(some), after(others)]
  while (one || other) {
    const id = Math.min(idOf(one), idOf(other))
    const [first, second] = [
      idOf(one) === id ? one : undefined,
      idOf(other) === id ? other : undefined,
    ]
    yield [first, second]
    if (first) one = after(some)
    if (second) other = after(others)
  }
}

function idOf(row: Row | undefined): number {
  return row ? Number(row.id) : Number.POSITIVE_INFINITY
}

/** What a month that is over was found by leads nowhere: without its key nobody asks for it. */
function isSame(kept: Row, anew: Row): boolean {
  return Object.entries(anew).every(([name, value]) => {
    const isOver = name.endsWith('_hash') && value === null
    return isOver || textOf(kept[name]) === textOf(value)
  })
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value)
}
