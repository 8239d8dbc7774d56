import type { Worker } from 'node:worker_threads'
import { systemClock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { EngineAddresses } from './settings.ts'
import type { FromThread, ToThread } from './thread.ts'

/** How long a thread may take to close its sockets before it is ended, milliseconds. */
const closeMs = 5_000

/** Follows an engine's thread from its start to its end. */
export class ThreadWatch {
  /** Settles when the thread has opened its sockets, or fails with why it could not. */
  readonly ready: Promise<EngineAddresses>
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #closing = false
  #ended: string | undefined
  #tellExit: ((why: string) => void) | undefined
  #tellFault: ((why: string) => void) | undefined

  constructor(worker: Worker) {
    this.#worker = worker
    let why = 'the engine thread has ended'
    worker.on('error', (cause) => {
      why = `the engine thread has crashed: ${cause instanceof Error ? cause.message : cause}`
    })
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#end(why)
        resolve()
      })
    })
    this.ready = new Promise((resolve, reject) => {
      worker.once('exit', () => reject(new Failure('engine_lost', why)))
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'ready') resolve(message)
        else if (message.kind === 'fault') this.#tellFault?.(message.why)
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

  /** Asks the thread to close, and ends it when it takes too long. */
  async close(): Promise<void> {
    this.#closing = true
    const close: ToThread = { kind: 'close' }
    this.#worker.postMessage(close)
    const tooLong = systemClock().after(closeMs, () => void this.#worker.terminate())
    await this.#exited
    tooLong.cancel()
  }

  #end(why: string): void {
    this.#ended = why
    if (!this.#closing) this.#tellExit?.(why)
  }
}
