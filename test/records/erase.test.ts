import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { usualRetention } from '../../src/domain/personal.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { keepIndex } from '../../src/records/indexing.ts'
import { applyRetention, forgetInIndex, overwrite } from '../../src/records/retention.ts'
import type { FromIndexing, RetainedTenants } from '../../src/records/thread.ts'
import { eraseSubject } from '../../src/sealing/erase.ts'
import { retentionOf } from '../../src/sealing/expire.ts'
import { indexHash } from '../../src/sealing/index-hash.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { answeredCall, contentOf, recordsOffice, refusedCall } from './support.ts'

const [ours, theirs, others] = ['+12125550100', '+12125550199', '+12125550142']

/** As SQLite writes it, whether it takes six bytes or eight. */
function bytesOfNumber(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes.subarray(2)
}

test('an erased number is found by no query, stands in no record, and no byte of the index leads to it', async () => {
  using office = recordsOffice()
  office.write(answeredCall(ours, theirs))
  office.write(answeredCall(ours, others))
  const kept = office.indexer()
  await kept.catchUp()
  const found = office.records(kept)
  expect(found.search({ number: theirs }).records).toHaveLength(1)
  const tree = office.keys.tree({ tenant: 'acme', month: '2026-01', kind: 'callee' })
  const hash = bytesOfNumber(indexHash(tree?.indexKey ?? Buffer.alloc(32), theirs))
  expect(bytesOf(office.dir).includes(hash)).toBe(true)

  const subject = { tenant: 'acme', text: theirs }
  await eraseSubject(office.openKeys(), office.source(0), subject)
  if (!kept.file) throw new Error('it is open')
  const files = { keys: office.keys, index: kept.file }
  expect(forgetInIndex(files, subject)).toBe(1)
  overwrite(files)

  expect(found.search({ number: theirs }).records).toEqual([])
  expect(found.search({ number: others }).records).toHaveLength(1)
  expect(found.search({}).records).toMatchObject([
    { caller: ours, called: others },
    { caller: ours, called: 'erased', sipCallId: 'erased' },
  ])
  expect(bytesOf(office.dir).includes(hash)).toBe(false)

  const anew = office.indexer(join(office.dir, 'other.sqlite'))
  await anew.catchUp()
  expect(contentOf(anew)).toEqual(contentOf(kept))
})

test('an erased address is found by no query any more, and neither are the Call-IDs of its calls', async () => {
  using office = recordsOffice()
  office.write(answeredCall(ours, theirs, { sipCallId: 'mine@192.0.2.9' }))
  const kept = office.indexer()
  await kept.catchUp()
  const found = office.records(kept)
  const queries = [{ sourceAddress: '192.0.2.1' }, { sipCallId: 'mine@192.0.2.9' }]
  for (const query of queries) expect(found.search(query).records).toHaveLength(1)
  const subject = { tenant: 'acme', text: '192.0.2.1' }
  await eraseSubject(office.openKeys(), office.source(0), subject)
  if (!kept.file) throw new Error('it is open')
  expect(forgetInIndex({ keys: office.keys, index: kept.file }, subject)).toBe(1)
  for (const query of queries) expect(found.search(query).records).toEqual([])
  expect(found.search({ caller: ours }).records).toMatchObject([{ sourceAddress: 'erased' }])
})

test('a kind whose time is over is read in no record, and the rest of the record is', async () => {
  using office = recordsOffice()
  office.write(answeredCall(ours, theirs))
  const kept = office.indexer()
  await kept.catchUp()
  const retention = retentionOf([{ id: 'acme', retention: { ...usualRetention, calleeMonths: 1 } }])
  applyRetention({ keys: office.openKeys(), index: kept.file }, retention, Date.UTC(2026, 2, 1))
  const found = office.records(kept)
  expect(found.search({}).records).toMatchObject([{ caller: ours, called: 'erased', keyId: 'k1' }])
  expect(found.search({ number: theirs }).records).toEqual([])
})

test('other terms of a tenant count while its index is kept, without a new start', async () => {
  using office = recordsOffice()
  office.write(answeredCall(ours, theirs))
  const clock = new FakeClock(Date.UTC(2026, 2, 1))
  office.keys.believe(clock.now())
  const told: FromIndexing[] = []
  let tenants: RetainedTenants = [{ id: 'acme', retention: { ...usualRetention, calleeMonths: 6 } }]
  const settings = {
    auditDir: office.dir,
    keysPath: join(office.dir, 'keys.sqlite'),
    indexPath: office.path,
    masterKey: Buffer.alloc(32, 7).toString('hex'),
    tenants,
  }
  const closing = new AbortController()
  const kept = keepIndex(
    settings,
    {
      source: office.source,
      clock,
      random: systemRandom(),
      tenants: () => tenants,
      tell: (message) => told.push(message),
    },
    closing.signal,
  )
  const gone = () => told.flatMap((each) => (each.kind === 'gone' ? each.gone : []))
  await clock.advanceAsync(5_000)
  expect(gone()).toEqual([])
  tenants = [{ id: 'acme', retention: { ...usualRetention, calleeMonths: 1 } }]
  await clock.advanceAsync(5_000)
  expect(gone()).toMatchObject([{ tenant: 'acme', kind: 'callee', throughMonth: '2026-01' }])
  closing.abort()
  await clock.advanceAsync(5_000)
  await kept
})

test('an index that is made anew on the same day has no records whose time is over either', async () => {
  using office = recordsOffice()
  office.write(answeredCall(ours, theirs))
  const clock = new FakeClock(Date.UTC(2026, 2, 1))
  office.keys.believe(clock.now())
  const retention = { ...usualRetention, recordMonths: 0 }
  const settings = {
    auditDir: office.dir,
    keysPath: join(office.dir, 'keys.sqlite'),
    indexPath: office.path,
    masterKey: Buffer.alloc(32, 7).toString('hex'),
    tenants: [{ id: 'acme', retention }],
  }
  const closing = new AbortController()
  const told: FromIndexing[] = []
  const kept = keepIndex(
    settings,
    {
      source: office.source,
      clock,
      random: systemRandom(),
      tenants: () => settings.tenants,
      tell: (message) => told.push(message),
    },
    closing.signal,
  )
  const deletions = () => told.filter(({ kind }) => kind === 'gone').length
  await clock.advanceAsync(5_000)
  expect(deletions()).toBe(1)
  for (const tail of ['', '-wal', '-shm']) rmSync(`${office.path}${tail}`, { force: true })
  await vi.waitFor(async () => {
    await clock.advanceAsync(5_000)
    expect(deletions()).toBe(2)
  })
  closing.abort()
  await clock.advanceAsync(5_000)
  await kept
})

function bytesOf(dir: string): Buffer {
  const names = readdirSync(dir).filter((name) => name.startsWith('index.sqlite'))
  return Buffer.concat(names.map((name) => readFileSync(join(dir, name))))
}

test('what was dialled stands in the record of a refusal, and once its number is erased nothing leads to it', async () => {
  using office = recordsOffice()
  const dialled = `sip:${theirs}@gate;ext=5`
  office.write(refusedCall(ours, dialled, { reason: 'number_malformed' }))
  office.write(refusedCall(ours, others))
  const kept = office.indexer()
  await kept.catchUp()
  const found = office.records(kept)
  const query = { reason: 'number_malformed' } as const
  expect(found.search(query).records).toMatchObject([{ called: dialled }])
  expect(bytesOf(office.dir).includes('ext=5')).toBe(false)

  const subject = { tenant: 'acme', text: theirs }
  await eraseSubject(office.openKeys(), office.source(0), subject)
  if (!kept.file) throw new Error('it is open')
  const files = { keys: office.keys, index: kept.file }
  forgetInIndex(files, subject)
  overwrite(files)
  expect(found.search(query).records).toMatchObject([{ called: 'erased' }])
  const anew = office.indexer(join(office.dir, 'other.sqlite'))
  await anew.catchUp()
  expect(contentOf(anew)).toEqual(contentOf(kept))
})
