import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../kernel/failure.ts'

/** How long one process waits for another that writes. */
const busyTimeoutMs = 5_000

/** What a file is to hold. */
export interface PrivateSchema {
  readonly version: number
  /** Makes what is not there yet; sets the version in `user_version`. */
  readonly setUp: string
}

/**
 * Opens or makes a database for its owner alone, from its first byte on; SQLite gives what stands
 * beside it the same mode. Throws `audit_unavailable` where it cannot be used.
 */
export function openPrivateDatabase(path: string, { version, setUp }: PrivateSchema): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path, { timeout: busyTimeoutMs })
    const found = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (found > version) throw new Error(`its version ${found} is newer than this program`)
    database.exec(setUp)
    return database
  } catch (cause) {
    database?.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('audit_unavailable', `${path} cannot be opened: ${why}`, { cause })
  }
}
