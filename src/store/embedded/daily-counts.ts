import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Failure } from '../../kernel/failure.ts'

const schemaVersion = 1
/** SQLITE_BUSY of https://sqlite.org/rescode.html */
const busyCode = 5
/** Kept for two days after its end, so that a wall clock set back finds its counts again. */
const keptAfterEndMs = 2 * 24 * 3600 * 1000

// EXCLUSIVE: two gates on one file would each believe that it alone counts.
// WAL with NORMAL: what is committed survives the death of the process at any moment.
const setUp = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS daily_count (
    owner TEXT NOT NULL,
    day TEXT NOT NULL,
    calls INTEGER NOT NULL CHECK (calls >= 0),
    day_ends_at_ms INTEGER NOT NULL,
    PRIMARY KEY (owner, day)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
`

/** One more call for an owner on a day. */
export interface DailyCount {
  readonly owner: string
  readonly day: string
  readonly dayEndsAtMs: number
}

/** The calls of each owner and day in a SQLite file (or `:memory:`). */
export class DailyCounts {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #rollback: StatementSync
  readonly #read: StatementSync
  readonly #add: StatementSync
  readonly #prune: StatementSync

  /** Opens or creates the file; throws `store_unavailable` when it cannot be used. */
  constructor(path: string) {
    this.#database = open(path)
    const prepare = (sql: string) => this.#database.prepare(sql)
    this.#begin = prepare('BEGIN IMMEDIATE')
    this.#commit = prepare('COMMIT')
    this.#rollback = prepare('ROLLBACK')
    this.#read = prepare('SELECT calls FROM daily_count WHERE owner = ? AND day = ?')
    this.#add = prepare(`
      INSERT INTO daily_count (owner, day, calls, day_ends_at_ms) VALUES (?, ?, 1, ?)
      ON CONFLICT DO UPDATE SET calls = calls + 1`)
    this.#prune = prepare('DELETE FROM daily_count WHERE day_ends_at_ms < ?')
  }

  /** Calls counted so far. */
  read(owner: string, day: string): number {
    const row = this.#read.get(owner, day)
    return row ? Number(row.calls) : 0
  }

  /** Counts one call for each, all or none; committed when it returns. */
  add(counts: readonly DailyCount[]): void {
    if (counts.length > 1) this.#addTogether(counts)
    else for (const count of counts) this.#addOne(count)
  }

  /** Forgets days that ended long ago. */
  prune(nowMs: number): void {
    this.#prune.run(Math.floor(nowMs - keptAfterEndMs))
  }

  close(): void {
    this.#database.close()
  }

  #addTogether(counts: readonly DailyCount[]): void {
    this.#begin.run()
    try {
      for (const count of counts) this.#addOne(count)
      this.#commit.run()
    } catch (cause) {
      if (this.#database.isTransaction) this.#rollback.run()
      throw cause
    }
  }

  #addOne(count: DailyCount): void {
    this.#add.run(count.owner, count.day, Math.floor(count.dayEndsAtMs))
  }
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path)
    const found = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (found > schemaVersion) throw new Error(`its version ${found} is newer than this program`)
    database.exec(setUp)
    return database
  } catch (cause) {
    database?.close()
    const sentence = `the counters in ${path} cannot be opened: ${whyUnopened(cause)}`
    throw new Failure('store_unavailable', sentence, { cause })
  }
}

function whyUnopened(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const isBusy = 'errcode' in cause && cause.errcode === busyCode
  return isBusy ? 'another gate uses them' : cause.message
}
