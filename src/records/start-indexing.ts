import { isDeepStrictEqual } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Doubt } from '../kernel/believed-clock.ts'
import type { Clock } from '../kernel/clock.ts'
import { endThread } from '../kernel/end-thread.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Gone } from './retention.ts'
import type { FromIndexing, IndexingSettings, RetainedTenants, ToIndexing } from './thread.ts'

/** A gate that ends before has no index kept: the next one catches up. */
const startDelayMs = 1_000
/** How long the end of a gate waits for its index; what is missing then, the next start brings. */
const endTimeoutMs = 3_000
/** How long after its thread has died another is started. */
const restartDelayMs = 30_000

export interface StartIndexingOptions {
  readonly settings: IndexingSettings
  readonly clock: Clock
  readonly logger: Logger
  /** Hears what was ended because it has had its time. */
  readonly onGone: (gone: readonly Gone[]) => void
  /** Hears of what has had its time by a clock that is not believed, once a day. */
  readonly onPostponed?: ((doubt: Doubt) => void) | undefined
  /** Hears each time the index has all that the log had. */
  readonly onKept?: (() => void) | undefined
}

/** An index that is kept. */
export interface Indexing extends AsyncDisposable {
  /** Has these terms count from now on; the same again change nothing. */
  retain(tenants: RetainedTenants): void
}

/**
 * Keeps the index in a thread of its own, a moment after the gate has begun, until it is disposed of.
 * Whatever happens to it, the gate goes on without.
 */
export function startIndexing(options: StartIndexingOptions): Indexing {
  const { settings, clock, logger, onGone, onPostponed, onKept } = options
  let { tenants } = settings
  let worker: Worker | undefined
  let isClosed = false
  let timer = clock.after(startDelayMs, start)

  function start(): void {
    const workerData: IndexingSettings = { ...settings, tenants }
    const started = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
    worker = started
    // It must not keep a process alive that has nothing else to do.
    started.unref()
    started.on('message', hear)
    started.on('error', (error: Error) =>
      logger.error({ cause: error.message }, 'the index thread has failed'),
    )
    started.on('exit', () => {
      worker = undefined
      if (!isClosed) timer = clock.after(restartDelayMs, start)
    })
  }

  function hear(message: FromIndexing): void {
    if (message.kind === 'kept') onKept?.()
    else if (message.kind === 'gone') onGone(message.gone)
    else if (message.kind === 'postponed') onPostponed?.(message.doubt)
    else if (message.kind === 'anew') logger.warn({ why: message.why }, 'the index is made anew')
    else logger.error({ why: message.why }, 'the index of records cannot be kept up')
  }

  return {
    retain: (terms) => {
      if (isDeepStrictEqual(terms, tenants)) return
      tenants = terms
      const retain: ToIndexing = { kind: 'retain', tenants }
      worker?.postMessage(retain)
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      timer.cancel()
      if (!worker) return
      const close: ToIndexing = { kind: 'close' }
      worker.postMessage(close)
      await endThread(worker, { clock, endTimeoutMs })
    },
  }
}
