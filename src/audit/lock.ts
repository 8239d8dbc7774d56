import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../kernel/failure.ts'

const lockName = 'lock'

/** SQLITE_BUSY of https://sqlite.org/rescode.html */
const busyCode = 5

/**
 * Holds the log in `dir` for this process alone until released. SQLite's file lock is the one lock
 * Node offers that the kernel lets go when a process dies, kill -9 included: a pid file goes stale,
 * and two processes that both find it stale both take it. Throws `audit_unavailable` when the log
 * is held already, be it by this very process.
 */
export function lockLog(dir: string): Disposable {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(dir, lockName), { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    database?.close()
    throw new Failure('audit_unavailable', `${dir} ${whyNot(cause)}`, { cause })
  }
  const locked = database
  return { [Symbol.dispose]: () => locked.close() }
}

function whyNot(cause: unknown): string {
  if (!(cause instanceof Error)) return 'cannot be locked'
  const isBusy = 'errcode' in cause && cause.errcode === busyCode
  return isBusy ? 'is being written by another process' : `cannot be locked: ${cause.message}`
}
