import * as fs from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { hasCode } from '../../kernel/failure.ts'
import { AuditFault } from '../fault.ts'

// Numbers of files instead of handles: less work where it is done for every group and every second.

/** Opens a file; gives its number. */
export const openFile = promisify(fs.open)

/** Closes a file at once: closing waits for no disk, and a thread that is woken for it costs more. */
export const closeFile = fs.closeSync

const syncFile = promisify(fs.fsync)

/** A folder that is kept open, so that its names are made durable in one step. */
export class KeptFolder {
  readonly #path: string
  #fd: number | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** A new file in it may else be gone after a power cut. */
  async sync(): Promise<void> {
    await syncFile(this.#opened())
  }

  /** The same for whoever may wait. */
  syncNow(): void {
    fs.fsyncSync(this.#opened())
  }

  close(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) closeFile(fd)
  }

  #opened(): number {
    const { O_DIRECTORY, O_RDONLY } = fs.constants
    this.#fd ??= fs.openSync(this.#path, O_RDONLY | O_DIRECTORY)
    return this.#fd
  }
}

/** The newest checkpoint of a log, below its directory. */
export const checkpointName = 'checkpoint'

/** The newest checkpoint that a witness has cosigned, where there are any. */
export const cosignedName = 'checkpoint.cosigned'

/** The public key of a log, as text. */
export const verifierKeyName = 'vkey'

/** Where the bundles stand that no checkpoint covers to their end. */
export const pendingFolder = 'pending'

/** A bundle that is being filled: only ever appended to, and moved when a checkpoint covers it. */
export function pendingPath(bundle: number): string {
  return `${pendingFolder}/${bundle}`
}

/**
 * All bytes of a file below `dir`; undefined where there is none. Throws an `AuditFault` where
 * something else stands in its place, or where it is longer than it can be.
 */
export async function readPlain(
  dir: string,
  name: string,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants
  try {
    // A link could lead anywhere, and a pipe would keep the reader waiting.
    await using file = await open(join(dir, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const stat = await file.stat()
    if (!stat.isFile()) throw new AuditFault(name, undefined, 'not_a_file')
    if (stat.size > bytesMax) throw new AuditFault(name, undefined, 'too_long')
    const bytes = Buffer.allocUnsafe(stat.size)
    let done = 0
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return undefined
    if (hasCode(cause, 'ELOOP', 'ENXIO')) throw new AuditFault(name, undefined, 'not_a_file')
    throw cause
  }
}

/** Writes all bytes to an open file, where it is or, with O_APPEND, at its end. */
export function writeAll(fd: number | undefined, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (fd === undefined) return reject(new Error('the file is not open'))
    let done = 0
    const rest = () => {
      fs.write(fd, bytes, done, bytes.length - done, null, (error, written) => {
        if (error) return reject(error)
        done += written
        if (done < bytes.length) rest()
        else resolve()
      })
    }
    rest()
  })
}

/** Makes the folders above `path` where it could not be made for want of them; else throws the cause. */
export function makeMissingFolder(path: string, cause: unknown): void {
  if (!hasCode(cause, 'ENOENT')) throw cause
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
}

/** The bundles that are being filled, lowest first; none where there is no such folder. */
export async function listPending(dir: string): Promise<number[]> {
  try {
    const names = await readdir(join(dir, pendingFolder))
    const bundles = names.filter((name) => /^(?:0|[1-9]\d{0,12})$/.test(name)).map(Number)
    return bundles.sort((a, b) => a - b)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return []
    throw cause
  }
}
