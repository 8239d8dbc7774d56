import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { makePrivatePlace, sqliteCodeOf, sqliteCodes } from '../../kernel/database-file.ts'
import { Failure, messageOf } from '../../kernel/failure.ts'

const schemaVersion = 3
/** Kept for two days after its end, so that a wall clock set back finds its counts again. */
const keptAfterEndMs = 2 * 24 * 3600 * 1000
/** How many rows of a table one step of pruning looks at: a millisecond or two. */
const prunedAtOnce = 2_000
/** How many rows one statement adds at most: more than one call ever counts at once. */
const addedAtOnceMax = 32

// EXCLUSIVE: two gates on one file would each believe that it alone counts.
// WAL with NORMAL: what is committed survives the death of the process at any moment. Only a checkpoint
// waits for the disk: one in many hundred calls, after at most 32 MB.
// 32 MB of cache: the callees of some 100,000 recent calls are found without reading the file.
const pragmas = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 8000;
  PRAGMA cache_size = -32768;
`
const schema = `
  CREATE TABLE IF NOT EXISTS tally (
    name TEXT NOT NULL,
    slot TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    ends_at_ms INTEGER NOT NULL,
    PRIMARY KEY (name, slot)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS attempt (
    name TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    number INTEGER NOT NULL,
    ends_at_ms INTEGER NOT NULL,
    PRIMARY KEY (name, at_ms, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS believed (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER) STRICT;
`
/** The calls of the day as version 1 kept them. */
const fromVersion1 = `
  INSERT INTO tally SELECT owner || ' day', day, calls, day_ends_at_ms FROM daily_count;
  DROP TABLE daily_count;
`
/** Version 2 named an attempt by its owner first, which put one call's attempts far apart. */
const fromVersion2 = `
  UPDATE attempt SET name = substr(name, instr(name, ' ') + 1) || ' ' ||
    substr(name, 1, instr(name, ' ') - 1);
`

/** No name comes after it. */
const lastName = '\u{10ffff}'

/** What is counted under one name, in one slot of time: calls or micros. */
export interface TallyChange {
  readonly name: string
  readonly slot: string
  /** Below zero to give back. */
  readonly amount: number
  /** What was counted in the slot for another end is over, and counted no longer. */
  readonly endsAtMs: number
}

/** One admission to remember by its moment. */
export interface NewAttempt {
  readonly name: string
  readonly atMs: number
  readonly endsAtMs: number
}

/** All that one step writes. */
export interface CountsChange {
  readonly tallies: readonly TallyChange[]
  readonly attempts: readonly NewAttempt[]
}

/** What must outlive the process of all that is counted, in a SQLite file (or `:memory:`). */
export class CountsFile {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #rollback: StatementSync
  readonly #read: StatementSync
  readonly #slots: StatementSync
  readonly #tallyAdds: StatementsByRows
  readonly #giveBack: StatementSync
  readonly #nthNewest: StatementSync
  readonly #attemptsSince: StatementSync
  readonly #anyAttempt: StatementSync
  readonly #attemptAdds: StatementsByRows
  /** What no attempt's name begins with. */
  #unseen = ''
  readonly #pruning: {
    from: string
    readonly reach: StatementSync
    readonly remove: StatementSync
  }[]

  /** Opens or creates the file; throws `store_unavailable` when it cannot be used. */
  constructor(path: string) {
    this.#database = open(path)
    const prepare = (sql: string) => this.#database.prepare(sql)
    this.#begin = prepare('BEGIN IMMEDIATE')
    this.#commit = prepare('COMMIT')
    this.#rollback = prepare('ROLLBACK')
    this.#read = prepare('SELECT amount FROM tally WHERE name = ? AND slot = ?')
    this.#slots = prepare('SELECT amount, ends_at_ms FROM tally WHERE name = ?')
    this.#tallyAdds = new StatementsByRows((rows) => prepare(addingTallies(rows)))
    this.#attemptAdds = new StatementsByRows((rows) => prepare(addingAttempts(rows)))
    this.#giveBack = prepare(
      'UPDATE tally SET amount = amount + ? WHERE name = ? AND slot = ? AND ends_at_ms = ?',
    )
    this.#nthNewest = prepare(
      'SELECT at_ms FROM attempt WHERE name = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?',
    )
    this.#attemptsSince = prepare(
      'SELECT count(*) AS count FROM attempt WHERE name = ? AND at_ms > ?',
    )
    this.#anyAttempt = prepare('SELECT 1 FROM attempt WHERE name > ? AND name < ? LIMIT 1')
    this.#pruning = ['tally', 'attempt'].map((table) => ({
      from: '',
      reach: prepare(`SELECT name FROM ${table} WHERE name > ? LIMIT 1 OFFSET ${prunedAtOnce}`),
      remove: prepare(`DELETE FROM ${table} WHERE name > ? AND name <= ? AND ends_at_ms < ?`),
    }))
  }

  /** The amount under a name in a slot; 0 where there is none. */
  read(name: string, slot: string): number {
    const row = this.#read.get(name, slot)
    return row ? Number(row.amount) : 0
  }

  /** What is kept under a name, by its end. */
  byEnd(name: string): { readonly endsAtMs: number; readonly amount: number }[] {
    const rows = this.#slots.all(name)
    return rows.map((row) => ({ endsAtMs: Number(row.ends_at_ms), amount: Number(row.amount) }))
  }

  /** When the nth newest attempt under a name was; undefined where there are not so many. */
  nthNewestMs(name: string, nth: number): number | undefined {
    const row = this.#nthNewest.get(name, nth - 1)
    return row ? Number(row.at_ms) : undefined
  }

  /** How many attempts under a name were later. */
  attemptsSince(name: string, thanMs: number): number {
    return Number(this.#attemptsSince.get(name, thanMs)?.count ?? 0)
  }

  /** Whether there is no attempt under any name that begins with this; remembered until the next one. */
  hasNoAttempt(prefix: string): boolean {
    if (prefix === this.#unseen) return true
    if (this.#anyAttempt.get(prefix, prefix + lastName)) return false
    this.#unseen = prefix
    return true
  }

  /** Writes all of it or nothing; committed when it returns. */
  write(change: CountsChange): void {
    const isOneStatement = change.tallies.length + change.attempts.length <= 1
    if (isOneStatement) this.#writeRows(change)
    else this.#writeTogether(change)
  }

  /** The secret of this name, made by `create` the first time. */
  secret(name: string, create: () => Buffer): Buffer {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO secret VALUES (?, ?)')
    const found = this.#database.prepare('SELECT value FROM secret WHERE name = ?')
    if (!found.get(name)) insert.run(name, create())
    return Buffer.from(found.get(name)?.value as Uint8Array)
  }

  /** The moment that was believed last; undefined in a file that has never had one. */
  believedMs(): number | undefined {
    const row = this.#database.prepare('SELECT at_ms FROM believed').get()
    return row && Number(row.at_ms)
  }

  /** Remembers a moment that was believed. */
  believe(nowMs: number): void {
    this.#database.prepare('INSERT OR REPLACE INTO believed VALUES (1, ?)').run(Math.floor(nowMs))
  }

  /** Looks at the next rows, in turn through all of them, and forgets those that ended long ago. */
  prune(nowMs: number): void {
    for (const pruning of this.#pruning) {
      const reached = pruning.reach.get(pruning.from)?.name
      const to = typeof reached === 'string' ? reached : lastName
      pruning.remove.run(pruning.from, to, Math.floor(nowMs - keptAfterEndMs))
      pruning.from = to === lastName ? '' : to
    }
  }

  close(): void {
    this.#database.close()
  }

  #writeTogether(change: CountsChange): void {
    this.#begin.run()
    try {
      this.#writeRows(change)
      this.#commit.run()
    } catch (cause) {
      if (this.#database.isTransaction) this.#rollback.run()
      throw cause
    }
  }

  #writeRows({ tallies, attempts }: CountsChange): void {
    const added: TallyChange[] = []
    for (const tally of tallies) {
      const { name, slot, amount, endsAtMs } = tally
      if (amount < 0) this.#giveBack.run(amount, name, slot, Math.floor(endsAtMs))
      else added.push(tally)
    }
    for (let at = 0; at < added.length; at += addedAtOnceMax) {
      this.#addTallies(added.slice(at, at + addedAtOnceMax))
    }
    for (let at = 0; at < attempts.length; at += addedAtOnceMax) {
      this.#addAttempts(attempts.slice(at, at + addedAtOnceMax))
    }
  }

  #addTallies(tallies: readonly TallyChange[]): void {
    const values: (string | number)[] = []
    for (const { name, slot, amount, endsAtMs } of tallies) {
      values.push(name, slot, amount, Math.floor(endsAtMs))
    }
    this.#tallyAdds.of(tallies.length).run(...values)
  }

  #addAttempts(attempts: readonly NewAttempt[]): void {
    this.#unseen = ''
    const values: (string | number)[] = []
    for (const { name, atMs, endsAtMs } of attempts) {
      values.push(name, Math.ceil(atMs), Math.ceil(endsAtMs))
    }
    this.#attemptAdds.of(attempts.length).run(...values)
  }
}

/** Statements that add several rows each: one costs more than a row that it adds. */
class StatementsByRows {
  readonly #known = new Map<number, StatementSync>()
  readonly #prepare: (rows: number) => StatementSync

  constructor(prepare: (rows: number) => StatementSync) {
    this.#prepare = prepare
  }

  /** The one that adds so many, made the first time. */
  of(rows: number): StatementSync {
    const known = this.#known.get(rows)
    if (known) return known
    const statement = this.#prepare(rows)
    this.#known.set(rows, statement)
    return statement
  }
}

/** Attempts to one number in one millisecond are told apart by their number. */
function addingAttempts(rows: number): string {
  const each = Array.from({ length: rows }, (_, row) => {
    const [name, atMs, endsAtMs] = [1, 2, 3].map((at) => `?${3 * row + at}`)
    const number = `SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE name = ${name} AND at_ms = ${atMs}`
    return `(${name}, ${atMs}, (${number}), ${endsAtMs})`
  })
  return `INSERT INTO attempt (name, at_ms, number, ends_at_ms) VALUES ${each.join(', ')}`
}

function addingTallies(rows: number): string {
  return `
    INSERT INTO tally (name, slot, amount, ends_at_ms) VALUES ${Array(rows).fill('(?, ?, ?, ?)')}
    ON CONFLICT DO UPDATE SET
      amount = iif(ends_at_ms = excluded.ends_at_ms, amount, 0) + excluded.amount,
      ends_at_ms = excluded.ends_at_ms`
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') makePrivatePlace(path)
    database = new DatabaseSync(path)
    const found = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (found > schemaVersion) throw new Error(`its version ${found} is newer than this program`)
    database.exec(pragmas)
    const migration = (found === 1 ? fromVersion1 : '') + (found === 2 ? fromVersion2 : '')
    const version = `PRAGMA user_version = ${schemaVersion};`
    database.exec(`BEGIN IMMEDIATE; ${schema} ${migration} ${version} COMMIT;`)
    return database
  } catch (cause) {
    database?.close()
    const sentence = `the counters in ${path} cannot be opened: ${whyUnopened(cause)}`
    throw new Failure('store_unavailable', sentence, { cause })
  }
}

function whyUnopened(cause: unknown): string {
  return sqliteCodeOf(cause) === sqliteCodes.busy ? 'another gate uses them' : messageOf(cause)
}
