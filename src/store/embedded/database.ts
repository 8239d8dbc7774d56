import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../../kernel/failure.ts'

/** How long one process waits for another that writes. */
const busyTimeoutMs = 1_000

/** What a file that several processes may write is to hold. */
export interface Schema {
  readonly version: number
  /** Makes what is not there yet; sets the version in `user_version`. */
  readonly setUp: string
}

/** Opens or creates the file; throws `store_unavailable` when it cannot be used. */
export function openDatabase(path: string, { version, setUp }: Schema): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path, { timeout: busyTimeoutMs })
    const found = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (found > version) throw new Error(`its version ${found} is newer than this program`)
    database.exec(setUp)
    return database
  } catch (cause) {
    database?.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('store_unavailable', `${path} cannot be opened: ${why}`, { cause })
  }
}
