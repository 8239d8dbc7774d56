import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure } from '../../kernel/failure.ts'
import type { Limiter } from '../port.ts'
import { CountsFile } from './counts-file.ts'
import { EmbeddedLimiter, type EmbeddedLimiterParts } from './limiter.ts'

/** How often a copy is tried of a file that a gate rewrites meanwhile. */
const triesMax = 5
/** The head of a write-ahead log: https://sqlite.org/walformat.html. Its salts change when it starts anew. */
const walHeadBytes = 32

export interface LookerOptions extends Omit<EmbeddedLimiterParts, 'file'> {
  readonly path: string
}

/**
 * Looks at the counters in a file that a running gate has for itself, in a copy of it: the gate is not
 * held up, and nothing of its file is touched. Slots and the last second are in the gate's memory alone.
 */
export function openLooker(
  { path, clock, random }: LookerOptions,
  stack: AsyncDisposableStack,
): Pick<Limiter, 'peek' | 'running' | 'spentMicros'> {
  const file = new CountsFile(existsSync(path) ? copyOf(path, stack) : ':memory:')
  stack.defer(() => file.close())
  return new EmbeddedLimiter({ clock, random, file })
}

/** Its path, in a folder that goes with the stack; readable for nobody else. */
function copyOf(path: string, stack: AsyncDisposableStack): string {
  const folder = folderBeside(path)
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const copy = join(folder, 'store.sqlite')
  for (let tries = 0; tries < triesMax; tries++) {
    const before = walOf(path)
    const pages = readFileSync(path)
    const after = walOf(path)
    // As long as the log has not started anew it has every page that was written back meanwhile.
    if (!headOf(before).equals(headOf(after))) continue
    writeFileSync(copy, pages, { mode: 0o600 })
    writeFileSync(`${copy}-wal`, after, { mode: 0o600 })
    return copy
  }
  throw new Failure('store_unavailable', `the counters in ${path} change too fast to be looked at`)
}

/** A folder for the copy: on a read-only root there is none but where the store itself is. */
function folderBeside(path: string): string {
  try {
    return mkdtempSync(join(tmpdir(), 'tollgate-view-'))
  } catch {
    return mkdtempSync(join(dirname(path), 'tollgate-view-'))
  }
}

function walOf(path: string): Buffer {
  return existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0)
}

function headOf(wal: Buffer): Buffer {
  return wal.subarray(0, walHeadBytes)
}
