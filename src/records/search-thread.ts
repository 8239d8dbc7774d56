import { Worker } from 'node:worker_threads'
import { type Clock, sleep } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { PageRequest, RecordPage } from './call-records.ts'
import type { RecordQuery } from './query.ts'
import type { FromSearching, SearchSettings, ToSearching } from './searching.ts'

/** Searches that may wait at once; beyond it they fail. */
const waitingMax = 64
/** How long one may take. */
const searchTimeoutMs = 10_000
/** How long the thread may take to end by itself. */
const closeTimeoutMs = 2_000

/** Finds call records without holding up whoever asks: SQLite works in a thread of its own. */
export interface RecordSearch extends AsyncDisposable {
  /**
   * As `CallRecords.search`: rejects with a `RangeError` on a cursor that is none, and with
   * `store_unavailable` while the index is being made anew.
   */
  search(query: RecordQuery, page: PageRequest): Promise<RecordPage>
}

interface Waiting {
  resolve(page: RecordPage): void
  reject(error: Error): void
}

/** Opens the search; its thread is started by the first one, and anew after one that has died. */
export function openRecordSearch(settings: SearchSettings, clock: Clock): RecordSearch {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let lastId = 0

  function started(): Worker {
    if (worker) return worker
    const fresh = new Worker(new URL('./search-worker.ts', import.meta.url), {
      workerData: settings,
    })
    // It must not keep a process alive that has nothing else to do.
    fresh.unref()
    fresh.on('message', (message: FromSearching) => settle(waiting, message))
    fresh.on('error', () => undefined)
    fresh.on('exit', () => {
      worker = undefined
      for (const { reject } of waiting.values()) reject(lost())
      waiting.clear()
    })
    worker = fresh
    return fresh
  }

  return {
    search: async (query, page) => {
      if (waiting.size >= waitingMax) throw lost()
      const id = ++lastId
      const { promise, resolve, reject } = Promise.withResolvers<RecordPage>()
      waiting.set(id, { resolve, reject })
      const timer = clock.after(searchTimeoutMs, () => reject(lost()))
      try {
        const message: ToSearching = { id, query, page }
        started().postMessage(message)
        return await promise
      } finally {
        timer.cancel()
        waiting.delete(id)
      }
    },
    [Symbol.asyncDispose]: async () => {
      const running = worker
      if (!running) return
      const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
      running.postMessage({ id: 0 } satisfies ToSearching)
      await Promise.race([ended, sleep(clock, closeTimeoutMs)])
      await running.terminate()
    },
  }
}

function settle(waiting: ReadonlyMap<number, Waiting>, message: FromSearching): void {
  const asked = waiting.get(message.id)
  if ('page' in message) asked?.resolve(message.page)
  else if (message.fault === 'cursor') asked?.reject(new RangeError('the cursor is none of ours'))
  else asked?.reject(message.fault === 'behind' ? behind() : lost())
}

function behind(): Failure {
  return new Failure('store_unavailable', 'the index of call records is being made anew')
}

function lost(): Failure {
  return new Failure('store_unavailable', 'the call records cannot be searched')
}
