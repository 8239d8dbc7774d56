import type { PageRequest, RecordPage } from './call-records.ts'
import type { RecordQuery } from './query.ts'

/** Calls that one Call-ID may have been given to, of which are told. */
const callsMax = 100

/** Where the events of a call stand in the log. */
export interface PlaceOfCall {
  /** Our id. */
  readonly callId: string
  /** Its entries as far as the index has come, the decision first. */
  readonly entries: readonly number[]
  /** From this entry on there may be others that the index has not yet. */
  readonly upTo: number
}

type Search = (query: RecordQuery, page: PageRequest) => RecordPage | Promise<RecordPage>

/** Where calls are, the newest first, by our id of one or by the Call-ID of their caller. */
export async function placesOfCall(search: Search, id: string): Promise<PlaceOfCall[]> {
  for (const query of [{ callId: id }, { sipCallId: id }]) {
    const { records, upTo } = await search(query, { limit: callsMax })
    if (records.length === 0) continue
    return records.map(({ callId, index, later }) => ({ callId, entries: [index, ...later], upTo }))
  }
  return []
}
