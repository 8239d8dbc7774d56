import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabaseFile, type Schema } from '../../kernel/database-file.ts'

const busyTimeoutMs = 1_000

/** Opens or creates a file that several processes may write; throws `store_unavailable` when it cannot be used. */
export function openDatabase(path: string, schema: Schema): DatabaseSync {
  const makePlace = () => {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  }
  return openDatabaseFile(path, { schema, busyTimeoutMs, failure: 'store_unavailable', makePlace })
}
