import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabaseFile, type Schema } from '../kernel/database-file.ts'

const busyTimeoutMs = 5_000

/**
 * Opens or makes a database for its owner alone, from its first byte on; SQLite gives what stands
 * beside it the same mode. Throws `audit_unavailable` where it cannot be used.
 */
export function openPrivateDatabase(path: string, schema: Schema): DatabaseSync {
  const makePlace = () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
  }
  return openDatabaseFile(path, { schema, busyTimeoutMs, failure: 'audit_unavailable', makePlace })
}
