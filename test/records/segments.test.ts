import { expect, test } from 'vitest'
import { IndexWriter } from '../../src/records/index-writer.ts'
import { forgetInIndex } from '../../src/records/retention.ts'
import { segmentBits, segmentOf } from '../../src/records/segments.ts'
import { EventOpener } from '../../src/sealing/open-events.ts'
import { january } from '../sealing/support.ts'
import { answeredCall, contentOf, recordsOffice } from './support.ts'

const [ours, theirs] = ['+12125550100', '+12125550199']
const dayMs = 86_400_000

/** Three calls, the second of which lies over the end of a segment; the clock goes back before the last. */
async function office() {
  const made = recordsOffice()
  const indexer = made.indexer()
  await indexer.catchUp()
  const { file } = indexer
  if (!file) throw new Error('it is open')
  const calls = [january, january + 40 * dayMs, january + dayMs].map((atMs, nth) => {
    const events = answeredCall(ours, theirs, { sipCallId: `sip-${nth}` })
    made.write(events, atMs)
    return String((events[0] as { readonly callId?: string }).callId)
  })
  const first = 2 ** segmentBits - 7
  file.database.exec(`UPDATE progress SET next = ${first}`)
  const entries = made.log.map((entry, at) => ({ ...entry, index: first + at }))
  const opener = new EventOpener(made.keys)
  // A call is decided in one step and ends in another, by a writer that has not seen it.
  for (const step of [entries.slice(0, 8), entries.slice(8)]) {
    expect(new IndexWriter(file, opener).take(step)).toBe(true)
  }
  return { ...made, calls, indexer, file, found: made.records(indexer), first }
}

test('the segment of an entry is what SQLite takes for it, however long the log is', async () => {
  using made = await office()
  for (const index of [0, 2 ** segmentBits - 1, 2 ** segmentBits, 2 ** 31, 2 ** 40 + 1]) {
    const row = made.file.database.prepare(`SELECT ? >> ${segmentBits} AS number`).get(index)
    expect(row?.number).toBe(segmentOf(index))
  }
})

test('a call is found by all that leads to it, in whichever segment it lies', async () => {
  using made = await office()
  const { calls, found } = made
  expect(contentOf(made.indexer).segment).toEqual([
    { number: 0, from_ms: january, to_ms: january + 40 * dayMs },
    { number: 1, from_ms: january + dayMs, to_ms: january + dayMs },
  ])
  const idsOf = (query: Parameters<typeof found.search>[0]) =>
    found.search(query).records.map(({ callId }) => callId)
  const [first, second, third] = calls
  expect(idsOf({ number: ours })).toEqual([second, third, first])
  expect(idsOf({ caller: ours, called: theirs, tenants: ['acme'] })).toEqual([second, third, first])
  expect(idsOf({ called: ours })).toEqual([])
  const onlyThird = { fromMs: january + 1, toMs: january + 2 * dayMs }
  expect(idsOf({ called: theirs, ...onlyThird })).toEqual([third])
  for (const [nth, callId] of calls.entries()) {
    expect(found.search({ callId: String(callId) }).records).toMatchObject([
      { callId, durationMs: 61_000, later: [1, 2, 3, 4].map((at) => made.first + nth * 5 + at) },
    ])
    expect(idsOf({ sipCallId: `sip-${nth}` })).toEqual([callId])
  }
  const around = { number: theirs, aroundMs: january + dayMs, withinMs: 2 * dayMs }
  expect(found.trace(around).map(({ callId }) => callId)).toEqual([third, first])
})

test('an erased number is found in no segment', async () => {
  using made = await office()
  const subject = { tenant: 'acme', text: theirs }
  expect(forgetInIndex({ keys: made.keys, index: made.file }, subject)).toBe(3)
  expect(contentOf(made.indexer).call?.map(({ called_hash }) => called_hash)).toEqual(
    made.calls.map(() => null),
  )
  expect(made.found.search({ number: theirs }).records).toEqual([])
  expect(made.found.search({ number: ours }).records).toHaveLength(3)
})
