import type { DatabaseSync } from 'node:sqlite'
import { makePrivatePlace, openDatabaseFile, type Schema } from '../kernel/database-file.ts'

const busyTimeoutMs = 5_000

/** Opens or makes a database for its owner alone. Throws `audit_unavailable` where it cannot be used. */
export function openPrivateDatabase(path: string, schema: Schema): DatabaseSync {
  const makePlace = () => makePrivatePlace(path)
  return openDatabaseFile(path, { schema, busyTimeoutMs, failure: 'audit_unavailable', makePlace })
}
