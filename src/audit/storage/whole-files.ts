import * as fs from 'node:fs'
import { join } from 'node:path'
import { closeFile, makeMissingFolder } from './files.ts'

// Each call waits for the disk: one thread has nothing else to do, and the command line may wait. Through
// the thread pool each of them cost two threads a wake, and a busy log has some forty in a second.

/** How a file is written whole. */
export interface WriteWhole {
  readonly bytes: Uint8Array
  /** Whether it outlives a power cut when this has returned. */
  readonly sync: boolean
}

/** Writes a file below `dir`, whole or not at all, with the folders above it. */
export function writeWhole(dir: string, name: string, whole: WriteWhole): void {
  writeUnseen(dir, `${name}.new`, whole)
  const path = join(dir, name)
  fs.renameSync(`${path}.new`, path)
}

/** The same where nobody looks for the file before this has returned. */
export function writeUnseen(dir: string, name: string, { bytes, sync }: WriteWhole): void {
  const path = join(dir, name)
  const { O_CREAT, O_DSYNC, O_NOFOLLOW, O_TRUNC, O_WRONLY } = fs.constants
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | (sync ? O_DSYNC : 0)
  const fd = withFolder(path, () => fs.openSync(path, flags, 0o600))
  try {
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done)
  } finally {
    closeFile(fd)
  }
}

/** Gives a file another name below `dir`. */
export function moveFile(dir: string, from: string, to: string): void {
  const path = join(dir, to)
  withFolder(path, () => fs.renameSync(join(dir, from), path))
}

/** Does what makes `path`, and makes the folders above it first where they are missing. */
function withFolder<Result>(path: string, make: () => Result): Result {
  try {
    return make()
  } catch (cause) {
    makeMissingFolder(path, cause)
    return make()
  }
}
