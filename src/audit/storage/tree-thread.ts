import type { KeyObject } from 'node:crypto'
import { AskedThread } from '../../kernel/asked-thread.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Cosigned, Offered } from '../witness.ts'
import type { TreePlace, TreeState } from './published-tree.ts'

/** Whoever publishes waits for each answer before the next question. */
const questionsMax = 1

/** What the thread is given. */
export interface TreeSettings {
  readonly dir: string
  readonly sync: boolean
  readonly key: { readonly verifierKey: string; readonly privateKey: KeyObject }
  readonly state: TreeState
}

/** What it is asked. */
export type AskedOfTree =
  /** Whether it has taken over. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'publish'; readonly entries: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'cosign'; readonly cosigned: Cosigned }

/** A published tree in a thread of its own. It waits for the disk as long as that takes. */
export class TreeThread {
  readonly #thread: AskedThread<AskedOfTree, Offered | undefined>

  private constructor(settings: TreeSettings) {
    this.#thread = new AskedThread({
      entry: new URL('./tree-worker.ts', import.meta.url),
      settings,
      questionsMax,
      unanswered: {
        code: 'audit_unavailable',
        message: 'the thread that publishes the log has ended',
      },
    })
  }

  /** Starts it; resolves when it has taken over. */
  static async start({ dir, signer, sync }: TreePlace, state: TreeState): Promise<TreeThread> {
    const { verifier, privateKey } = signer
    const key = { verifierKey: verifier.text, privateKey }
    const tree = new TreeThread({ dir, sync, key, state })
    await tree.#thread.ask({ kind: 'begin' })
    return tree
  }

  /** As that of the tree. The entries are its own from now on. */
  async publish(entries: Buffer<ArrayBuffer>): Promise<Offered> {
    const offered = await this.#thread.ask({ kind: 'publish', entries }, [entries.buffer])
    if (!offered) throw new Failure('audit_unavailable', 'the thread has published nothing')
    return { ...offered, root: Buffer.from(offered.root), bytes: Buffer.from(offered.bytes) }
  }

  /** As that of the tree. */
  async cosign(cosigned: Cosigned): Promise<void> {
    await this.#thread.ask({ kind: 'cosign', cosigned })
  }

  /** Ends it when it has done all it was asked. */
  close(): Promise<void> {
    return this.#thread[Symbol.asyncDispose]()
  }
}
