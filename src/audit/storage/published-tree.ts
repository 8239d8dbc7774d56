import type { NoteSigner } from '../note/key.ts'
import { entryLengthBytes } from '../tree/bundle.ts'
import { hashLeaf } from '../tree/merkle.ts'
import { OpenTree, type Tile } from '../tree/open-tree.ts'
import { tileWidth } from '../tree/tile.ts'
import type { Cosigned, Offered } from '../witness.ts'
import type { OpenBundle } from './bundle-file.ts'
import { type Published, Publisher } from './publisher.ts'

/** Where a tree goes on, as one thread may hand it to another. */
export interface TreeState {
  readonly size: number
  /** The hashes of its tiles that are not full, those of the lowest level first. */
  readonly open: readonly Uint8Array[]
  /** The bundle that is being filled. */
  readonly bundle: OpenBundle
  /** Full tiles that were not written yet, or were lost. */
  readonly full: readonly Tile[]
  readonly published: Published
}

/** Where a tree is published, and by whom it is signed. */
export interface TreePlace {
  readonly dir: string
  readonly signer: NoteSigner
  readonly sync: boolean
}

/** The tree over a log's entries and what others can read of it. Every call waits for the disk. */
export class PublishedTree implements Disposable {
  readonly #tree: OpenTree
  readonly #publisher: Publisher
  /** The bundle that is being filled: what a checkpoint in its midst needs a copy of. */
  #index: number
  #count: number
  #parts: Buffer[]
  #full: readonly Tile[]

  constructor(
    { dir, signer, sync }: TreePlace,
    { size, open, bundle, full, published }: TreeState,
  ) {
    this.#tree = OpenTree.from(size, open)
    this.#index = bundle.index
    this.#count = bundle.count
    this.#parts = [Buffer.from(bundle.bytes)]
    this.#full = full
    this.#publisher = new Publisher(dir, signer, { ...published, sync })
    this.#publisher.open()
  }

  /** Takes entries, each behind its length, and publishes all there are. */
  publish(entries: Buffer): Offered {
    this.#take(entries)
    const tree = this.#tree
    const full = [...this.#full, ...tree.takeFull()]
    this.#full = full
    const published = this.#publisher.publish({
      size: tree.size,
      root: tree.root(),
      full,
      partial: tree.partial(),
      bundle: this.#bundle(),
    })
    this.#full = []
    return published
  }

  /** Puts the signature line of a witness under its checkpoint. */
  cosign(cosigned: Cosigned): void {
    this.#publisher.cosign(cosigned)
  }

  /** Where another goes on with it; this one is not used any more. */
  handOver(): TreeState {
    this.#publisher.close()
    return {
      size: this.#tree.size,
      open: this.#tree.open(),
      bundle: this.#bundle(),
      full: this.#full,
      published: { size: this.#publisher.size, firstPending: this.#publisher.firstPending },
    }
  }

  [Symbol.dispose](): void {
    this.#publisher.close()
  }

  #bundle(): OpenBundle {
    return { index: this.#index, count: this.#count, bytes: Buffer.concat(this.#parts) }
  }

  #take(entries: Buffer): void {
    for (let at = 0; at < entries.length; ) {
      const start = at
      for (; at < entries.length && this.#count < tileWidth; this.#count++) {
        const leafAt = at + entryLengthBytes
        at = leafAt + entries.readUInt16BE(at)
        this.#tree.append(hashLeaf(entries.subarray(leafAt, at)))
      }
      this.#parts.push(entries.subarray(start, at))
      if (this.#count < tileWidth) continue
      this.#index++
      this.#count = 0
      this.#parts = []
    }
  }
}
