import { expect, test } from 'vitest'
import { usualRetention } from '../../src/domain/personal.ts'
import { conditionsOf } from '../../src/records/query.ts'
import { applyRetention } from '../../src/records/retention.ts'
import { retentionOf } from '../../src/sealing/expire.ts'
import { EventOpener } from '../../src/sealing/open-events.ts'
import { february, january } from '../sealing/support.ts'
import { answeredCall, recordsOffice, refusedCall } from './support.ts'

const [ours, theirs, others] = ['+12125550100', '+12125550199', '+12125550142']

async function office() {
  const records = recordsOffice()
  records.write(answeredCall(ours, theirs))
  records.write(refusedCall(ours, others, { keyId: 'k2' }))
  records.write(answeredCall(theirs, others, { tenantId: 'other' }))
  records.write(answeredCall(ours, theirs), february)
  const indexer = records.indexer()
  await indexer.catchUp()
  return { ...records, indexer, found: records.records(indexer) }
}

test('a record has everything that happened to its call', async () => {
  using records = await office()
  const [record] = records.found.search({ number: theirs, toMs: february }).records.slice(-1)
  expect(record).toEqual({
    index: 0,
    callId: expect.any(String),
    direction: 'outbound',
    tenantId: 'acme',
    keyId: 'k1',
    admitted: true,
    reason: undefined,
    mode: 'live',
    attestation: 'A',
    caller: ours,
    called: theirs,
    sipCallId: `c-${theirs}@192.0.2.9`,
    sourceAddress: '192.0.2.1',
    sourcePort: 5060,
    sourceProtocol: 'udp',
    carrierId: 'carrier-1',
    trunkId: undefined,
    gatewayId: 'gw-1',
    attempts: 1,
    endedBy: 'caller',
    cause: 'bye',
    status: 200,
    durationMs: 61_000,
    costMicros: 20_000,
    currency: 'USD',
    atMs: january,
    ringingAtMs: january + 2000,
    answeredAtMs: january + 3000,
    endedAtMs: january + 4000,
    later: [1, 2, 3, 4],
  })
})

test('records are found by key, number, time, reason and carrier, tenants apart', async () => {
  using records = await office()
  const find = (query: Parameters<typeof records.found.search>[0]) =>
    records.found.search(query).records.map(({ index }) => index)
  expect(find({})).toEqual([11, 6, 5, 0])
  expect(find({ keyId: 'k2' })).toEqual([5])
  expect(find({ number: theirs })).toEqual([11, 6, 0])
  expect(find({ number: theirs, tenants: ['acme'] })).toEqual([11, 0])
  expect(find({ number: theirs, tenants: [] })).toEqual([])
  expect(find({ caller: theirs })).toEqual([6])
  expect(find({ called: theirs, fromMs: february })).toEqual([11])
  expect(find({ toMs: january + 6000 })).toEqual([5, 0])
  expect(find({ reason: 'rate_exceeded' })).toEqual([5])
  expect(find({ carrierId: 'carrier-1', admitted: true })).toEqual([11, 6, 0])
  expect(find({ number: others, tenants: ['other'] })).toEqual([6])
  expect(find({ number: '+12125550000' })).toEqual([])
})

test('records are found by source address and by Call-ID, however both were typed or tagged', async () => {
  using records = await office()
  const find = (query: Parameters<typeof records.found.search>[0]) =>
    records.found.search(query).records.map(({ index }) => index)
  const source = { address: '2001:db8::7', port: 5060, protocol: 'udp' } as const
  const many = Array.from({ length: 400 }, (_, nth) =>
    refusedCall(ours, theirs, { source, sipCallId: `many-${nth}@pbx` }),
  )
  records.write(many.flat(), february + 86_400_000)
  await records.indexer.catchUp()
  expect(find({ sourceAddress: '192.0.2.1' })).toEqual([11, 6, 5, 0])
  expect(find({ sourceAddress: '192.0.2.1', tenants: ['other'] })).toEqual([6])
  expect(find({ sourceAddress: '2001:DB8:0::7', sipCallId: 'many-7@pbx' })).toEqual([23])
  expect(find({ sourceAddress: '192.0.2.10' })).toEqual([])
  for (const nth of [0, 123, 399])
    expect(find({ sipCallId: `many-${nth}@pbx` })).toEqual([16 + nth])
  expect(find({ sipCallId: `c-${others}@192.0.2.9` })).toEqual([6, 5])
  const first = records.found.search({ sipCallId: `c-${others}@192.0.2.9` }, { limit: 1 })
  expect([first.records.length, first.next === undefined]).toEqual([1, false])
  expect(find({ sipCallId: 'many-400@pbx' })).toEqual([])
})

test('page after page has every record once, in both directions', async () => {
  using records = await office()
  for (const order of ['newest', 'oldest'] as const) {
    const seen: number[] = []
    let cursor: string | undefined
    do {
      const page = records.found.search({}, { limit: 1, cursor, order })
      seen.push(...page.records.map(({ index }) => index))
      cursor = page.next
    } while (cursor !== undefined)
    expect(seen).toEqual(order === 'newest' ? [11, 6, 5, 0] : [0, 5, 6, 11])
  }
  expect(() => records.found.search({}, { cursor: 'x' })).toThrow(RangeError)
})

test('a traceback finds who called a number, the nearest in time first', async () => {
  using records = await office()
  const asked = { number: theirs, aroundMs: january + 2000, withinMs: 3_600_000 }
  expect(records.found.trace(asked)).toMatchObject([
    { index: 0, keyId: 'k1', tenantId: 'acme', sourceAddress: '192.0.2.1', carrierId: 'carrier-1' },
    { index: 6, tenantId: 'other' },
  ])
  expect(records.found.trace({ ...asked, tenants: ['other'] })).toHaveLength(1)
  expect(records.found.trace({ ...asked, withinMs: 1000 })).toEqual([])
})

test('records end in their time, those of other tenants stay', async () => {
  using records = await office()
  const index = records.indexer.file
  const retention = retentionOf([{ id: 'acme', retention: { ...usualRetention, recordMonths: 1 } }])
  const gone = applyRetention({ keys: records.keys, index }, retention, Date.UTC(2026, 2, 1))
  expect(gone).toEqual([{ tenant: 'acme', kind: 'records', throughMonth: '2026-01' }])
  expect(records.found.search({}).records.map(({ index: at }) => at)).toEqual([11, 6])
})

test('a page costs no more the more there is: its rows come from an index in the order of time', async () => {
  using records = await office()
  const { file } = records.indexer
  const queries = [{}, { tenants: ['acme'] }, { keyId: 'k1' }, { reason: 'x' }, { carrierId: 'c' }]
  for (const query of queries) {
    const { text, values } = conditionsOf(query, undefined, new EventOpener(undefined))
    const sql = `SELECT * FROM call WHERE ${text} AND (at_ms, id) > (1, 2) ORDER BY at_ms, id LIMIT 9`
    const plan = file?.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
    const steps = plan?.map(({ detail }) => String(detail))
    expect(steps, JSON.stringify(query)).toEqual([
      expect.stringMatching(/^SEARCH call USING INDEX/),
    ])
  }
})

test('what few records have leads to them at once, whatever else is asked', async () => {
  using records = await office()
  const { file } = records.indexer
  const all = { tenants: ['acme'], keyId: 'k1', carrierId: 'c', reason: 'x' }
  const found = [
    { caller: ours },
    { called: ours },
    { number: ours },
    { sourceAddress: '192.0.2.1' },
    { sipCallId: 'x@y' },
    { callId: 'x' },
  ]
  for (const each of found) {
    const query = { ...all, ...each }
    const { text, values } = conditionsOf(query, records.keys, new EventOpener(records.keys))
    const sql = `SELECT * FROM call WHERE ${text} AND (at_ms, id) < (1, 2) ORDER BY at_ms LIMIT 9`
    const plan = file?.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
    const steps = plan?.map(({ detail }) => String(detail)).join(', ')
    expect(steps).toMatch(/USING (COVERING )?INDEX call_by_(caller|called|source|sip_tag|id) /)
    expect(steps).not.toMatch(/call_by_(tenant|time|key|carrier|reason)/)
  }
})

test('a damaged moment is a damaged index, and no cursor that is none', async () => {
  using records = await office()
  records.indexer.file?.database.exec('UPDATE call SET at_ms = 9e15 WHERE id = 0')
  expect(() => records.found.search({})).toThrow(
    expect.objectContaining({ code: 'audit_unavailable' }),
  )
})
