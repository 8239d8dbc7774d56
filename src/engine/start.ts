import { Worker } from 'node:worker_threads'
import { systemClock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { EngineAddresses, EngineSettings } from './settings.ts'
import type { FromThread, ToThread } from './thread.ts'

/** How long a thread may take to close its sockets before it is ended, milliseconds. */
const closeMs = 5_000

/** An engine in a thread of its own. */
export interface Engine extends EngineAddresses {
  /** CPU time its thread has used so far. */
  cpuUsage(): Promise<{ readonly userUs: number; readonly systemUs: number }>
  /**
   * Calls back once when the engine has ended without being asked to, at once if it already has: no
   * call can be carried any more.
   */
  onExit(tell: (why: string) => void): void
  /** Calls back for each fault of its own that the engine survived. */
  onFault(tell: (why: string) => void): void
  /** Closes its sockets and ends its thread. */
  close(): Promise<void>
}

/** Starts an engine in a worker thread; resolves when every socket of its settings is open. */
export async function startEngine(settings: EngineSettings): Promise<Engine> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings })
  const watch = new Watch(worker)
  const addresses = await watch.ready
  return {
    ...addresses,
    cpuUsage: async () => {
      const { user, system } = await worker.cpuUsage()
      return { userUs: user, systemUs: system }
    },
    onExit: (tell) => watch.onExit(tell),
    onFault: (tell) => watch.onFault(tell),
    close: () => watch.close(),
  }
}

/** What becomes of the thread. */
class Watch {
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

  onExit(tell: (why: string) => void): void {
    this.#tellExit = tell
    if (this.#ended !== undefined && !this.#closing) tell(this.#ended)
  }

  onFault(tell: (why: string) => void): void {
    this.#tellFault = tell
  }

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
