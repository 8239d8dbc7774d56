import type { DatabaseSync } from 'node:sqlite'
import { makePrivatePlace, openDatabaseFile, type Schema } from '../../kernel/database-file.ts'

const busyTimeoutMs = 1_000

/**
 * Opens or creates a file that several processes of its owner may write: numbers stand in it that must not
 * be called. Throws `store_unavailable` when it cannot be used.
 */
export function openDatabase(path: string, schema: Schema): DatabaseSync {
  const makePlace = () => {
    if (path !== ':memory:') makePrivatePlace(path)
  }
  return openDatabaseFile(path, { schema, busyTimeoutMs, failure: 'store_unavailable', makePlace })
}
