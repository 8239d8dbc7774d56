import type { Worker } from 'node:worker_threads'
import { systemClock } from '../kernel/clock.ts'
import { endThread } from '../kernel/end-thread.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import type { EngineSizes } from './engine.ts'
import type { BannedSource } from './guard/bans.ts'
import type { EngineAddresses } from './settings.ts'
import type { Answer, FromThread, Question, ToThread } from './thread.ts'
import type { TransportStats } from './transport/intake.ts'
import type { TlsSettings } from './transport/secure.ts'

/** How long a thread may take to close its sockets before it is ended, milliseconds. */
const endTimeoutMs = 5_000

/**
 * Follows an engine's thread from its start to its end. No `AskedThread`: it tells much without being asked, is
 * told what has no answer, and an engine that has ended is an answer too.
 */
export class ThreadWatch {
  /** Settles when the thread has opened its sockets, or fails with why it could not. */
  readonly ready: Promise<EngineAddresses>
  readonly #worker: Worker
  #closing = false
  /** Questions to the thread that it has not answered. */
  readonly #asked = new Map<number, (answer: Answer | undefined) => void>()
  #lastAsked = 0
  #ended: string | undefined
  #tellExit: ((why: string) => void) | undefined
  #tellFault: ((why: string) => void) | undefined

  constructor(worker: Worker) {
    this.#worker = worker
    let why = 'the engine thread has ended'
    worker.on('error', (cause) => {
      why = `the engine thread has crashed: ${messageOf(cause)}`
    })
    worker.once('exit', () => this.#end(why))
    this.ready = new Promise((resolve, reject) => {
      worker.once('exit', () => reject(new Failure('engine_lost', why)))
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'ready') resolve(message)
        else if (message.kind === 'fault') this.#tellFault?.(message.why)
        else if ('asked' in message) this.#answer(message.asked, message)
        else reject(new Failure('engine_unreachable', message.why))
      })
    })
  }

  /** Calls back once when the thread has ended without being asked to. */
  onExit(tell: (why: string) => void): void {
    this.#tellExit = tell
    if (this.#ended !== undefined && !this.#closing) tell(this.#ended)
  }

  /** Calls back for each fault that the thread survived. */
  onFault(tell: (why: string) => void): void {
    this.#tellFault = tell
  }

  /** Tells the thread something; one that has ended hears nothing. */
  tell(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  /** Asks the thread for its bans; there are none in one that has ended. */
  async bans(): Promise<readonly BannedSource[]> {
    const answer = await this.#ask((asked) => ({ kind: 'listBans', asked }))
    return answer?.kind === 'bans' ? answer.bans : []
  }

  /** Asks the thread how much it holds; undefined where it has ended. */
  async sizes(): Promise<EngineSizes | undefined> {
    const answer = await this.#ask((asked) => ({ kind: 'sizes', asked }))
    return answer?.kind === 'sizes' ? answer.sizes : undefined
  }

  /** What the thread has counted; undefined when it has ended. */
  async stats(): Promise<TransportStats | undefined> {
    const answer = await this.#ask((asked) => ({ kind: 'stats', asked }))
    return answer?.kind === 'stats' ? answer.stats : undefined
  }

  /** Has the thread use other certificates; fails with `config_invalid` where it can't. */
  async reload(tls: TlsSettings): Promise<void> {
    const answer = await this.#ask((asked) => ({ kind: 'reload', asked, tls }))
    const why = answer?.kind === 'reloaded' ? answer.why : 'the engine has ended'
    if (why !== undefined)
      throw new Failure('config_invalid', `the certificates are unchanged: ${why}`)
  }

  /** Asks the thread to close, and ends it when it takes too long. */
  async close(): Promise<void> {
    this.#closing = true
    this.tell({ kind: 'close' })
    await endThread(this.#worker, { clock: systemClock(), endTimeoutMs })
  }

  /** The thread's answer, or undefined when it has ended. */
  #ask(question: (asked: number) => Question): Promise<Answer | undefined> {
    if (this.#ended !== undefined) return Promise.resolve(undefined)
    const asked = ++this.#lastAsked
    this.tell(question(asked))
    return new Promise((resolve) => this.#asked.set(asked, resolve))
  }

  #answer(asked: number, answer: Answer | undefined): void {
    this.#asked.get(asked)?.(answer)
    this.#asked.delete(asked)
  }

  #end(why: string): void {
    this.#ended = why
    for (const asked of this.#asked.keys()) this.#answer(asked, undefined)
    if (!this.#closing) this.#tellExit?.(why)
  }
}
