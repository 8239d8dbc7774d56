import { constants } from 'node:fs'
import { join } from 'node:path'
import { encodeEntries } from '../tree/bundle.ts'
import { tileWidth } from '../tree/tile.ts'
import {
  closeFile,
  KeptFolder,
  makeMissingFolder,
  openFile,
  pendingFolder,
  pendingPath,
  writeAll,
} from './files.ts'

/** From so many entries on the file of the next bundle is made, so that nobody waits for it. */
const prepareNextFrom = tileWidth / 2

/** A bundle to go on with. */
export interface OpenBundle {
  readonly index: number
  readonly count: number
  /** Its entries with their lengths. */
  readonly bytes: Uint8Array
}

/**
 * The bundle that is being filled. What is appended is one write to a file that was opened O_DSYNC,
 * so that it returns when the bytes are on the disk; a full bundle is followed by the next.
 */
export class BundleFile {
  readonly #dir: string
  readonly #folder: KeptFolder
  readonly #sync: boolean
  #index: number
  #count: number
  #fd: number | undefined
  #next: Promise<number> | undefined

  constructor(
    dir: string,
    { index, count }: Pick<OpenBundle, 'index' | 'count'>,
    settings: { sync: boolean },
  ) {
    this.#dir = dir
    this.#folder = new KeptFolder(join(dir, pendingFolder))
    this.#sync = settings.sync
    this.#index = index
    this.#count = count
  }

  /** How many entries still go into this bundle. */
  get room(): number {
    return tileWidth - this.#count
  }

  /** Opens the file; must come before the first append. */
  async open(): Promise<void> {
    this.#fd = await this.#openBundle(this.#index)
  }

  /**
   * Makes entries durable, as many as there is room for at most, and gives what it has written; called again
   * only when it is done.
   */
  async append(leaves: readonly Buffer[]): Promise<Buffer> {
    const bytes = encodeEntries(leaves)
    await writeAll(this.#fd, bytes)
    this.#count += leaves.length
    if (this.#count >= prepareNextFrom) this.#prepareNext()
    return bytes
  }

  /** Goes on with the next bundle; called when there is no more room. */
  async rotate(): Promise<void> {
    const full = this.#fd
    this.#prepareNext()
    this.#fd = await this.#next
    this.#next = undefined
    this.#index++
    this.#count = 0
    if (full !== undefined) closeFile(full)
  }

  async close(): Promise<void> {
    const next = await this.#next?.catch(() => undefined)
    const open = [this.#fd, next].filter((fd) => fd !== undefined)
    this.#fd = undefined
    this.#next = undefined
    for (const fd of open) closeFile(fd)
    this.#folder.close()
  }

  #prepareNext(): void {
    this.#next ??= this.#openBundle(this.#index + 1)
    // Whoever needs it hears of the failure.
    this.#next.catch(() => undefined)
  }

  async #openBundle(index: number): Promise<number> {
    const path = join(this.#dir, pendingPath(index))
    const { O_APPEND, O_CREAT, O_DSYNC, O_NOFOLLOW, O_WRONLY } = constants
    const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | (this.#sync ? O_DSYNC : 0)
    const openIt = () => openFile(path, flags, 0o600)
    const fd = await openIt().catch((cause: unknown) => {
      makeMissingFolder(path, cause)
      return openIt()
    })
    await this.#folder.sync()
    return fd
  }
}
