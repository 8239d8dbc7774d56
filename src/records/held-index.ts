import { realpathSync } from 'node:fs'
import { makePrivatePlace } from '../kernel/database-file.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import { holdFile } from '../kernel/held-file.ts'

/**
 * Holds an index for the gate that keeps it until released; whoever has the same log goes on adding to it
 * and reading it. Throws `config_invalid` where a running gate holds it already, and `audit_unavailable`
 * where it cannot be held at all.
 */
export function holdIndex(path: string): Disposable {
  let held: Disposable | undefined
  try {
    makePrivatePlace(path)
    // Whatever names two settings have for it: it is one file.
    held = holdFile(`${realpathSync(path)}.gate`)
  } catch (cause) {
    throw new Failure('audit_unavailable', `${path} cannot be locked: ${messageOf(cause)}`, {
      cause,
    })
  }
  if (held) return held
  const why = 'a running gate uses it: each gate needs its own index and its own log'
  throw new Failure('config_invalid', `audit.indexPath: ${path}: ${why}`)
}
