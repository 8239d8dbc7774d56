import { join } from 'node:path'
import { Failure, messageOf } from '../kernel/failure.ts'
import { holdFile } from '../kernel/held-file.ts'

const lockName = 'lock'

/**
 * Holds the log in `dir` for this process alone until released. Throws `audit_unavailable` when the log
 * is held already, be it by this very process.
 */
export function lockLog(dir: string): Disposable {
  let held: Disposable | undefined
  try {
    held = holdFile(join(dir, lockName))
  } catch (cause) {
    const why = `cannot be locked: ${messageOf(cause)}`
    throw new Failure('audit_unavailable', `${dir} ${why}`, { cause })
  }
  if (held) return held
  throw new Failure('audit_unavailable', `${dir} is being written by another process`)
}
