import { formatCheckpoint } from '../note/checkpoint.ts'
import type { NoteSigner } from '../note/key.ts'
import { encodeNote, signText } from '../note/note.ts'
import type { Tile } from '../tree/open-tree.ts'
import { partialTiles, tilePath, tileWidth } from '../tree/tile.ts'
import type { Cosigned, Offered } from '../witness.ts'
import type { OpenBundle } from './bundle-file.ts'
import { checkpointName, cosignedName, KeptFolder, pendingPath } from './files.ts'
import { copiesBeside, dropCopies } from './superseded.ts'
import { moveFile, writeUnseen, writeWhole } from './whole-files.ts'

/** A tree at a size, all of whose entries are durable. */
export interface Snapshot {
  readonly size: number
  readonly root: Buffer
  /** The tiles of hashes that have become full since the last checkpoint. */
  readonly full: readonly Tile[]
  readonly partial: readonly Tile[]
  /** The bundle that is being filled. */
  readonly bundle: OpenBundle
}

/** What a publisher starts from. */
export interface Published {
  /** The size of the last checkpoint. */
  readonly size: number
  /** The first bundle that is not yet where it is read. */
  readonly firstPending: number
}

/**
 * Makes a tree readable for others: the layout of c2sp.org/tlog-tiles below the directory of the
 * log, and a signed checkpoint when all is there that it speaks of.
 */
export class Publisher {
  readonly #dir: string
  readonly #folder: KeptFolder
  readonly #signer: NoteSigner
  readonly #sync: boolean
  #size: number
  #firstPending: number
  /** Copies that the checkpoint before the last one needed. */
  #outdated: readonly string[] = []
  #current: readonly string[]
  /** The checkpoint that this process has published last. */
  #note: { readonly text: string; readonly lines: readonly string[] } | undefined

  constructor(
    dir: string,
    signer: NoteSigner,
    { size, firstPending, sync }: Published & { sync: boolean },
  ) {
    this.#dir = dir
    this.#folder = new KeptFolder(dir)
    this.#signer = signer
    this.#sync = sync
    this.#size = size
    this.#firstPending = firstPending
    this.#current = partialTiles(size).map(tilePath)
  }

  /** Finds the copies that the last process left; must come before the first time. */
  open(): void {
    const found = this.#current.flatMap((path) => copiesBeside(this.#dir, path))
    this.#outdated = found.filter((path) => !this.#current.includes(path))
  }

  /** The size of the last checkpoint. */
  get size(): number {
    return this.#size
  }

  /** The first bundle that is not yet where it is read. */
  get firstPending(): number {
    return this.#firstPending
  }

  /** Publishes the tree and gives its checkpoint. */
  publish({ size, root, full, partial, bundle }: Snapshot): Offered {
    const firstOpen = Math.floor(size / tileWidth)
    for (; this.#firstPending < firstOpen; this.#firstPending++) this.#move(this.#firstPending)
    for (const tile of full) this.#tile(tile)
    const copies = copiesOf(partial, bundle)
    for (const [path, bytes] of copies) this.#copy(path, bytes)
    const checkpoint = { origin: this.#signer.verifier.name, size, root }
    const text = formatCheckpoint(checkpoint)
    const lines = [signText(text, this.#signer)]
    const noteBytes = encodeNote(text, lines)
    this.#write(checkpointName, noteBytes, this.#sync)
    if (this.#sync) this.#folder.syncNow()
    this.#note = { text, lines }
    this.#size = size
    this.#supersede([...copies.keys()])
    return { ...checkpoint, text, bytes: noteBytes }
  }

  /** Puts the signature line of a witness under the checkpoint that it is for. */
  cosign({ text, line }: Cosigned): void {
    const isNewest = text === this.#note?.text
    const known = isNewest ? this.#note?.lines : undefined
    const lines = [...(known ?? [signText(text, this.#signer)]), line]
    if (isNewest) this.#note = { text, lines }
    const bytes = encodeNote(text, lines)
    if (isNewest) this.#write(checkpointName, bytes, this.#sync)
    this.#write(cosignedName, bytes, false)
  }

  /** Whoever reads by the checkpoint before this one still finds what it speaks of. */
  #supersede(paths: readonly string[]): void {
    const gone = this.#outdated.filter((path) => !paths.includes(path))
    this.#outdated = this.#current.filter((path) => !paths.includes(path))
    this.#current = paths
    dropCopies(this.#dir, gone, [...this.#outdated, ...paths])
  }

  close(): void {
    this.#folder.close()
  }

  /** No checkpoint speaks of it yet, but for one that was lost: what breaks off is written again. */
  #tile({ level, index, width, bytes }: Tile): void {
    const isCovered = (index + 1) * tileWidth ** (level + 1) <= this.#size
    const write = isCovered ? writeWhole : writeUnseen
    write(this.#dir, tilePath({ level, index, width }), { bytes, sync: this.#sync })
  }

  /**
   * What a full tile will have in it is written again when it is full: a copy needs no disk. No checkpoint
   * speaks of it yet, but for one that is as it was for the last: of this process it is there, of another it may
   * have been lost.
   */
  #copy(path: string, bytes: Uint8Array): void {
    const isCurrent = this.#current.includes(path)
    if (isCurrent && this.#note) return
    const write = isCurrent ? writeWhole : writeUnseen
    write(this.#dir, path, { bytes, sync: false })
  }

  #move(index: number): void {
    const to = tilePath({ level: 'entries', index, width: tileWidth })
    moveFile(this.#dir, pendingPath(index), to)
  }

  #write(name: string, bytes: Buffer, sync: boolean): void {
    writeWhole(this.#dir, name, { bytes, sync })
  }
}

/** The tiles that are not full, entries included, by their paths. */
function copiesOf(partial: readonly Tile[], bundle: OpenBundle): Map<string, Uint8Array> {
  const copies = new Map(partial.map((tile) => [tilePath(tile), tile.bytes]))
  const { index, count: width, bytes } = bundle
  if (width > 0) copies.set(tilePath({ level: 'entries', index, width }), bytes)
  return copies
}
