import { AskedThread } from '../kernel/asked-thread.ts'
import type { Clock } from '../kernel/clock.ts'
import type { PageRequest, RecordPage } from './call-records.ts'
import type { RecordQuery } from './query.ts'
import { type SearchQuestion, type SearchSettings, unsearchable } from './searching.ts'

/** Searches that may wait at once; beyond it they fail. */
const waitingMax = 64
/** How long one may take. */
const searchTimeoutMs = 10_000
/** How long the thread may take to end by itself. */
const endTimeoutMs = 2_000

/** Finds call records without holding up whoever asks: SQLite works in a thread of its own. */
export interface RecordSearch extends AsyncDisposable {
  /**
   * As `CallRecords.search`: rejects with a `RangeError` on a cursor that is none, and with
   * `store_unavailable` while the index is being made anew.
   */
  search(query: RecordQuery, page: PageRequest): Promise<RecordPage>
}

/** Opens the search; its thread is started by the first one, and anew after one that has died. */
export function openRecordSearch(settings: SearchSettings, clock: Clock): RecordSearch {
  let thread: AskedThread<SearchQuestion, RecordPage> | undefined
  const start = () =>
    new AskedThread<SearchQuestion, RecordPage>({
      entry: new URL('./search-worker.ts', import.meta.url),
      settings,
      questionsMax: waitingMax,
      times: { clock, answerTimeoutMs: searchTimeoutMs, endTimeoutMs },
      unanswered: unsearchable,
    })
  return {
    search: (query, page) => {
      if (!thread || thread.hasEnded) thread = start()
      return thread.ask({ query, page })
    },
    [Symbol.asyncDispose]: async () => thread?.[Symbol.asyncDispose](),
  }
}
