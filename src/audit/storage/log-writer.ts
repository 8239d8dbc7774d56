import type { NoteSigner } from '../note/key.ts'
import { hashLeaf } from '../tree/merkle.ts'
import type { OpenTree, Tile } from '../tree/open-tree.ts'
import type { Cosigned, Offered } from '../witness.ts'
import { BundleFile } from './bundle-file.ts'
import { readPlain, verifierKeyName, writeWhole } from './files.ts'
import { Publisher } from './publisher.ts'
import { recoverTail, type Tail } from './recover.ts'

const verifierKeyBytesMax = 1024

export interface LogWriterOptions {
  readonly dir: string
  readonly signer: NoteSigner
  readonly sync: boolean
}

/** A log that is being written: its open bundle, its tree, and what others can read of it. */
export class LogWriter {
  readonly cutBytes: number
  readonly #bundle: BundleFile
  readonly #tree: OpenTree
  readonly #publisher: Publisher
  #unpublished: readonly Tile[]

  /** Goes on where the last process left off; a new log has a checkpoint of nothing at once. */
  static async open({ dir, signer, sync }: LogWriterOptions): Promise<LogWriter> {
    const tail = await recoverTail(dir, signer.verifier)
    const bundle = new BundleFile(dir, tail.bundle, { sync })
    const published = tail.published ?? { size: 0, firstPending: tail.bundle.index }
    const publisher = new Publisher(dir, signer, { ...published, sync })
    try {
      await bundle.open()
      await publisher.open()
      const writer = new LogWriter(tail, { bundle, publisher })
      if (!(await readPlain(dir, verifierKeyName, verifierKeyBytesMax))) {
        const bytes = Buffer.from(`${signer.verifier.text}\n`)
        await writeWhole(dir, verifierKeyName, { bytes, sync })
      }
      // What was left without one gets its checkpoint now: a disk that is full shows here.
      if (!tail.published || writer.isAhead) await writer.publish()
      return writer
    } catch (error) {
      publisher.close()
      await bundle.close()
      throw error
    }
  }

  constructor(tail: Tail, { bundle, publisher }: { bundle: BundleFile; publisher: Publisher }) {
    this.cutBytes = tail.cutBytes
    this.#bundle = bundle
    this.#tree = tail.tree
    this.#publisher = publisher
    this.#unpublished = tail.rebuilt
  }

  /** Makes entries durable, and then a part of the tree; called again only when it is done. */
  async write(leaves: readonly Buffer[]): Promise<void> {
    for (let done = 0; done < leaves.length; ) {
      if (this.#bundle.room === 0) await this.#bundle.rotate()
      const some = leaves.slice(done, done + this.#bundle.room)
      const durable = this.#bundle.append(some)
      // While the disk is at it.
      const hashes = some.map(hashLeaf)
      await durable
      for (const hash of hashes) this.#tree.append(hash)
      done += some.length
    }
  }

  /** How many entries there are. */
  get size(): number {
    return this.#tree.size
  }

  /** Whether there is something that no checkpoint covers. */
  get isAhead(): boolean {
    return this.#tree.size > this.#publisher.size
  }

  /** Puts the signature line of a witness under its checkpoint; not while one is published. */
  cosign(cosigned: Cosigned): Promise<void> {
    return this.#publisher.cosign(cosigned)
  }

  /** Publishes all that is durable and gives the checkpoint; called again only when it is done. */
  async publish(): Promise<Offered> {
    const tree = this.#tree
    const full = [...this.#unpublished, ...tree.takeFull()]
    this.#unpublished = full
    const published = await this.#publisher.publish({
      size: tree.size,
      root: tree.root(),
      full,
      partial: tree.partial(),
      bundle: this.#bundle.current,
    })
    this.#unpublished = []
    return published
  }

  async close(): Promise<void> {
    this.#publisher.close()
    await this.#bundle.close()
  }
}
