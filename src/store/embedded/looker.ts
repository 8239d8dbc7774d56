import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Clock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Limiter } from '../port.ts'
import { CountsFile } from './counts-file.ts'
import { EmbeddedLimiter, type EmbeddedLimiterParts } from './limiter.ts'

/** How often a copy is tried of a file that a gate rewrites meanwhile. */
const triesMax = 5
/** The head of a write-ahead log: https://sqlite.org/walformat.html. Its salts change when it starts anew. */
const walHeadBytes = 32
const folderName = 'tollgate-view-'
/** No copy takes so long: whoever has made it was killed. */
const leftAfterMs = 600_000

export interface LookerOptions extends Omit<EmbeddedLimiterParts, 'file'> {
  readonly path: string
}

/**
 * Looks at the counters in a file that a running gate has for itself, in a copy of it: the gate is not
 * held up, and nothing of its file is touched. Slots and the last second are in the gate's memory alone.
 * The copy has no name any more once it is open, so that none is left by a process that is killed.
 */
export function openLooker(
  { path, clock, random }: LookerOptions,
  stack: AsyncDisposableStack,
): Pick<Limiter, 'peek' | 'running' | 'spentMicros'> {
  const folders = [tmpdir(), dirname(path)]
  for (const folder of folders) discardLeft(folder, clock)
  const file = existsSync(path) ? openCopy(path, folders) : new CountsFile(':memory:')
  stack.defer(() => file.close())
  return new EmbeddedLimiter({ clock, random, file })
}

/** In a folder that nobody else can read, and that is gone when this returns. */
function openCopy(path: string, folders: readonly string[]): CountsFile {
  using stack = new DisposableStack()
  const folder = folderIn(folders)
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
    return new CountsFile(copy)
  }
  throw new Failure('store_unavailable', `the counters in ${path} change too fast to be looked at`)
}

/** A folder for the copy: on a read-only root there is none but where the store itself is. */
function folderIn([first = '', second = '']: readonly string[]): string {
  try {
    return mkdtempSync(join(first, folderName))
  } catch {
    return mkdtempSync(join(second, folderName))
  }
}

/** What was left by a process that was killed while it copied: by what numbers are counted stands in it. */
function discardLeft(folder: string, clock: Clock): void {
  try {
    for (const name of readdirSync(folder).filter((each) => each.startsWith(folderName))) {
      const left = join(folder, name)
      const { uid, mtimeMs } = lstatSync(left)
      const isOld = mtimeMs < clock.now() - leftAfterMs
      if (isOld && uid === process.getuid?.()) rmSync(left, { recursive: true, force: true })
    }
  } catch {
    // Another may have been quicker, and what cannot be read here is not ours.
  }
}

function walOf(path: string): Buffer {
  return existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0)
}

function headOf(wal: Buffer): Buffer {
  return wal.subarray(0, walHeadBytes)
}
