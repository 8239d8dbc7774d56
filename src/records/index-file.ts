import { existsSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { inTransaction, sqliteCodeOf, sqliteCodes } from '../kernel/database-file.ts'
import { openPrivateDatabase } from '../sealing/private-database.ts'
import { segmentBits } from './segments.ts'

const schemaVersion = 4

// NORMAL: after a power cut the index may be behind, and catches up.
// Cache and write-ahead log are larger than by default: the calls of a step touch some hundreds of pages.
// secure_delete: what an erased number was found by must not stand in a free page.
const setUp = `
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -16000;
  PRAGMA wal_autocheckpoint = 8000;
  PRAGMA secure_delete = ON;
  PRAGMA journal_size_limit = 67108864;
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    next INTEGER NOT NULL,
    last_leaf BLOB
  ) STRICT;
  INSERT OR IGNORE INTO progress VALUES (1, 0, NULL);
  CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    call_tag INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    direction TEXT NOT NULL,
    tenant TEXT NOT NULL,
    key_id TEXT,
    admitted INTEGER NOT NULL,
    reason TEXT,
    mode TEXT,
    attestation TEXT,
    source_port INTEGER NOT NULL,
    source_protocol TEXT NOT NULL,
    source_box TEXT,
    caller_box TEXT,
    called_box TEXT,
    sip_box TEXT,
    caller_hash INTEGER,
    called_hash INTEGER,
    source_hash INTEGER,
    sip_tag INTEGER,
    later TEXT NOT NULL DEFAULT '',
    carrier TEXT,
    trunk TEXT,
    gateway TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    ringing_at_ms INTEGER,
    answered_at_ms INTEGER,
    ended_at_ms INTEGER,
    ended_by TEXT,
    cause TEXT,
    status INTEGER,
    duration_ms INTEGER,
    cost_micros INTEGER,
    currency TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS call_by_id ON call (id >> ${segmentBits}, call_tag);
  CREATE INDEX IF NOT EXISTS call_by_time ON call (at_ms);
  CREATE INDEX IF NOT EXISTS call_by_tenant ON call (tenant, at_ms);
  CREATE INDEX IF NOT EXISTS call_by_key ON call (key_id, at_ms) WHERE key_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS call_by_reason ON call (reason, at_ms) WHERE reason IS NOT NULL;
  CREATE INDEX IF NOT EXISTS call_by_carrier ON call (carrier, at_ms) WHERE carrier IS NOT NULL;
  CREATE INDEX IF NOT EXISTS call_by_caller ON call (id >> ${segmentBits}, caller_hash)
    WHERE caller_hash IS NOT NULL;
  CREATE INDEX IF NOT EXISTS call_by_called ON call (id >> ${segmentBits}, called_hash)
    WHERE called_hash IS NOT NULL;
  CREATE INDEX IF NOT EXISTS call_by_source ON call (source_hash, at_ms)
    WHERE source_hash IS NOT NULL;
  CREATE INDEX IF NOT EXISTS call_by_sip_tag ON call (id >> ${segmentBits}, tenant, sip_tag)
    WHERE sip_tag IS NOT NULL;
  CREATE TABLE IF NOT EXISTS segment (
    number INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS declared (
    subject TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (subject, id)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
  COMMIT;
`

// What is declared stays: the next start compares with it. No entry is before the first: with a hash of one
// the index says, to whoever makes it anew, that it was cleared.
const clear = `
  BEGIN IMMEDIATE;
  DROP TABLE IF EXISTS call;
  DROP TABLE IF EXISTS segment;
  UPDATE progress SET next = 0, last_leaf = x'00';
  COMMIT;
`

/** What a file has; a table that is gone, or a trigger, would make it tell otherwise than its log. */
const schemaQuery = `SELECT type, name, tbl_name AS of, CASE tbl_name WHEN 'call' THEN sql END AS sql
  FROM sqlite_schema
  WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name`

/** The file is no index of ours any more. */
class AlteredIndex extends Error {}

function inspect(database: DatabaseSync): void {
  using whole = new DatabaseSync(':memory:')
  whole.exec(setUp)
  const [found, expected] = [database, whole].map((each) =>
    JSON.stringify(each.prepare(schemaQuery).all()),
  )
  if (found !== expected) throw new AlteredIndex('its tables were altered')
}

const damageCodes: readonly (number | undefined)[] = [sqliteCodes.corrupt, sqliteCodes.notADatabase]

/** Whether an error means that the file is not what SQLite wrote. */
export function isDamage(error: unknown): boolean {
  if (error instanceof AlteredIndex || damageCodes.includes(sqliteCodeOf(error))) return true
  return error instanceof Error && isDamage(error.cause)
}

/** The index in its file, with statements that are prepared once. */
export class IndexFile implements Disposable {
  readonly path: string
  readonly database: DatabaseSync
  readonly #inode: number
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string) {
    this.path = path
    this.database = openPrivateDatabase(path, { version: schemaVersion, setUp, clear, inspect })
    this.#inode = statSync(path).ino
  }

  /** Whether another file stands in its place now. */
  get isReplaced(): boolean {
    return !existsSync(this.path) || statSync(this.path).ino !== this.#inode
  }

  statement(text: string): StatementSync {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = this.database.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }

  /** Runs it as one step that others see whole or not at all. */
  transaction<Result>(run: () => Result): Result {
    return inTransaction(this.database, run)
  }

  /** Forgets everything; the next entry that is wanted is the first of the log. */
  empty(): void {
    this.transaction(() => {
      this.database.exec('DELETE FROM call; DELETE FROM segment; DELETE FROM declared')
      this.database.exec('UPDATE progress SET next = 0, last_leaf = NULL')
    })
  }

  /** What was deleted stands in the write-ahead log no longer. */
  scrub(): boolean {
    return this.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    if (this.database.isOpen) this.database.close()
  }
}

/** The file, and what SQLite keeps beside it. */
function filesOf(path: string): readonly string[] {
  return ['', '-wal', '-shm'].map((tail) => `${path}${tail}`)
}

/** Whether there is anything of an index at that path. */
export function isIndexThere(path: string): boolean {
  return filesOf(path).some((file) => existsSync(file))
}

/** Takes the file away, with what SQLite keeps beside it: whatever it was, the log has it all. */
export function discardIndex(path: string): void {
  for (const file of filesOf(path)) rmSync(file, { force: true })
}
