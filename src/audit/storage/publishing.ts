import type { Cosigned, Offered } from '../witness.ts'
import { PublishedTree, type TreePlace, type TreeState } from './published-tree.ts'
import { TreeThread } from './tree-thread.ts'

/**
 * Where a log is published: in the thread that writes it, which waits for the disk meanwhile, or in one of its
 * own, from the beginning or from the first time that it is published while it runs.
 */
export type PublishedIn = 'this_thread' | 'own_thread' | 'own_thread_later'

/** Publishes a log wherever that is done, one thing at a time. */
export class Publishing {
  readonly #place: TreePlace
  readonly #staysHere: boolean
  #tree: PublishedTree | TreeThread

  private constructor(place: TreePlace, tree: PublishedTree | TreeThread, staysHere: boolean) {
    this.#place = place
    this.#tree = tree
    this.#staysHere = staysHere
  }

  /** Goes on from a state; nothing is written yet. */
  static async open(place: TreePlace, state: TreeState, where: PublishedIn): Promise<Publishing> {
    const tree =
      where === 'own_thread'
        ? await TreeThread.start(place, state)
        : new PublishedTree(place, state)
    return new Publishing(place, tree, where === 'this_thread')
  }

  /** Has the thread of its own begin, where there is to be one. */
  async settle(): Promise<void> {
    if (this.#staysHere || this.#tree instanceof TreeThread) return
    this.#tree = await TreeThread.start(this.#place, this.#tree.handOver())
  }

  /** Publishes these entries, each behind its length, and all before. */
  async publish(entries: Buffer<ArrayBuffer>): Promise<Offered> {
    return this.#tree.publish(entries)
  }

  /** Puts the signature line of a witness under its checkpoint. */
  async cosign(cosigned: Cosigned): Promise<void> {
    await this.#tree.cosign(cosigned)
  }

  async close(): Promise<void> {
    if (this.#tree instanceof TreeThread) await this.#tree.close()
    else this.#tree[Symbol.dispose]()
  }
}
