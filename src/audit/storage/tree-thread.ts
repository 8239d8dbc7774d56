import type { KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { Failure } from '../../kernel/failure.ts'
import type { Cosigned, Offered } from '../witness.ts'
import type { TreePlace, TreeState } from './published-tree.ts'

/** What the thread is given. */
export interface TreeSettings {
  readonly dir: string
  readonly sync: boolean
  readonly key: { readonly verifierKey: string; readonly privateKey: KeyObject }
  readonly state: TreeState
}

/** What it is asked; each question has an answer of the same id. */
export type ToTree = { readonly id: number } & Asked

type Asked =
  | { readonly kind: 'publish'; readonly entries: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'cosign'; readonly cosigned: Cosigned }
  | { readonly kind: 'close' }

/** What it answers; 0 once, when it is ready. */
export interface FromTree {
  readonly id: number
  readonly offered?: Offered
  /** What was thrown. */
  readonly fault?: unknown
}

type Waiting = PromiseWithResolvers<FromTree>

/** A published tree in a thread of its own. */
export class TreeThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #ended: Failure | undefined

  private constructor(settings: TreeSettings) {
    const workerData = settings
    this.#worker = new Worker(new URL('./tree-worker.ts', import.meta.url), { workerData })
    this.#worker.on('message', (answer: FromTree) => this.#settle(answer))
    this.#worker.on('error', (cause) => this.#end(cause))
    this.#worker.on('exit', () => this.#end(undefined))
  }

  /** Starts it; resolves when it has taken over. */
  static async start({ dir, signer, sync }: TreePlace, state: TreeState): Promise<TreeThread> {
    const { verifier, privateKey } = signer
    const key = { verifierKey: verifier.text, privateKey }
    const thread = new TreeThread({ dir, sync, key, state })
    const ready = Promise.withResolvers<FromTree>()
    thread.#waiting.set(0, ready)
    await ready.promise
    thread.#rest()
    return thread
  }

  /** As that of the tree. The entries are its own from now on. */
  async publish(entries: Buffer<ArrayBuffer>): Promise<Offered> {
    const { offered } = await this.#ask({ kind: 'publish', entries }, [entries.buffer])
    if (!offered) throw new Failure('audit_unavailable', 'the thread has published nothing')
    return { ...offered, root: Buffer.from(offered.root), bytes: Buffer.from(offered.bytes) }
  }

  /** As that of the tree. */
  async cosign(cosigned: Cosigned): Promise<void> {
    await this.#ask({ kind: 'cosign', cosigned })
  }

  /** Ends it when it has done all it was asked. */
  async close(): Promise<void> {
    if (this.#ended) return
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    await this.#ask({ kind: 'close' })
    this.#worker.ref()
    await ended
  }

  async #ask(asked: Asked, transfer: ArrayBuffer[] = []): Promise<FromTree> {
    if (this.#ended) throw this.#ended
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<FromTree>()
    this.#waiting.set(id, waiting)
    // What was taken is published though nothing else keeps the process alive.
    this.#worker.ref()
    this.#worker.postMessage({ id, ...asked } satisfies ToTree, transfer)
    const answer = await waiting.promise
    if (answer.fault !== undefined) throw answer.fault
    return answer
  }

  #settle(answer: FromTree): void {
    this.#waiting.get(answer.id)?.resolve(answer)
    this.#waiting.delete(answer.id)
    this.#rest()
  }

  #rest(): void {
    if (this.#waiting.size === 0) this.#worker.unref()
  }

  #end(cause: unknown): void {
    this.#ended ??= new Failure(
      'audit_unavailable',
      'the thread that publishes the log has ended',
      {
        cause,
      },
    )
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
