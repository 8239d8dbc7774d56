import { DatabaseSync } from 'node:sqlite'
import { sqliteCodeOf, sqliteCodes } from './database-file.ts'

/**
 * Holds a file, made where it is not there, for this one holder until released; undefined where it is
 * held already, be it by this very process. SQLite's file lock is the one lock Node offers that the
 * kernel lets go when a process dies, kill -9 included: a pid file goes stale, and two processes that
 * both find it stale both take it.
 */
export function holdFile(path: string): Disposable | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (sqliteCodeOf(error) === sqliteCodes.busy) return undefined
    throw error
  }
  const held = database
  return { [Symbol.dispose]: () => held.close() }
}
