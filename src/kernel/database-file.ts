import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure, type FailureCode, messageOf } from './failure.ts'

/** Result codes of https://sqlite.org/rescode.html */
export const sqliteCodes = { busy: 5, corrupt: 11, constraint: 19, notADatabase: 26 } as const

/** The result code of an error of SQLite, without what extends it; undefined for another error. */
export function sqliteCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
}

/** What a file is to hold. */
export interface Schema {
  readonly version: number
  /** Makes what is not there yet; sets the version in `user_version`. */
  readonly setUp: string
  /** What has to go before that from a file of an older version. */
  readonly clear?: string
  /** Throws where a file of this version is not as `setUp` has made it. */
  readonly inspect?: ((database: DatabaseSync) => void) | undefined
}

/** How a file is opened. */
export interface DatabaseOpening {
  readonly schema: Schema
  /** How long one process waits for another that writes. */
  readonly busyTimeoutMs: number
  /** What is thrown where it cannot be used. */
  readonly failure: FailureCode
  /** Makes the folder, and the file where its mode matters. */
  readonly makePlace: () => void
}

/**
 * Makes a file for its owner alone, from its first byte on, and the folder above it; SQLite gives what
 * stands beside it the same mode.
 */
export function makePrivatePlace(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
}

/** Runs it as one step that others see whole or not at all. */
export function inTransaction<Result>(database: DatabaseSync, run: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = run()
    database.exec('COMMIT')
    return result
  } catch (cause) {
    // After some errors, such as a full disk, SQLite has done so itself, and would complain.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw cause
  }
}

/**
 * How long whoever opens a file rests before it tries again, milliseconds. SQLite itself waits for whoever
 * writes, but not for one that makes the file or is the last to leave it (https://sqlite.org/wal.html, 5).
 */
const retryPauseMs = 10

/** Opens or makes a SQLite file; one that a newer program has made is refused. Waits as long as it may. */
export function openDatabaseFile(path: string, opening: DatabaseOpening): DatabaseSync {
  const { busyTimeoutMs, failure, makePlace } = opening
  try {
    makePlace()
    for (const startMs = performance.now(); ; rest(retryPauseMs)) {
      try {
        return opened(path, opening)
      } catch (cause) {
        const isBusy = sqliteCodeOf(cause) === sqliteCodes.busy
        if (!isBusy || performance.now() - startMs >= busyTimeoutMs) throw cause
      }
    }
  } catch (cause) {
    const why = messageOf(cause)
    throw new Failure(failure, `${path} cannot be opened: ${why}`, { cause })
  }
}

function opened(path: string, { schema, busyTimeoutMs }: DatabaseOpening): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs })
  try {
    const found = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (found > schema.version) throw new Error(`its version ${found} is newer than this program`)
    if (found > 0 && found < schema.version && schema.clear) database.exec(schema.clear)
    if (found === schema.version) schema.inspect?.(database)
    database.exec(schema.setUp)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/** Holds the thread up, as SQLite does. */
function rest(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
