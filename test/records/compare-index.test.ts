import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lockLog } from '../../src/audit/lock.ts'
import { usualRetention } from '../../src/domain/personal.ts'
import { compareIndex, discardComparison } from '../../src/records/compare-index.ts'
import { IndexFile } from '../../src/records/index-file.ts'
import { applyRetention, forgetInIndex } from '../../src/records/retention.ts'
import { eraseSubject } from '../../src/sealing/erase.ts'
import { retentionOf } from '../../src/sealing/expire.ts'
import { answeredCall, recordsOffice, refusedCall } from './support.ts'

const [ours, theirs] = ['+12125550100', '+12125550199']

async function setUp() {
  const office = recordsOffice()
  for (let call = 0; call < 3; call++) office.write(answeredCall(ours, theirs))
  office.write(refusedCall(ours, theirs))
  const indexer = office.indexer()
  await indexer.catchUp()
  const kept = indexer.file
  if (!kept) throw new Error('it is open')
  const compare = (retire: (anew: IndexFile) => void = () => undefined) =>
    compareIndex({ kept, keys: office.openKeys(), source: office.source, retire })
  return { ...office, kept, compare }
}

// biome-ignore format: one manipulation a line
test.each([
  ['a figure', 'UPDATE call SET duration_ms = 1 WHERE id = 5', [5]],
  ['a reason', "UPDATE call SET reason = 'x' WHERE id = 15", [15]],
  ['what a number is found by', 'UPDATE call SET called_hash = caller_hash WHERE id = 10', [10]],
  ['a box', 'UPDATE call SET caller_box = called_box WHERE id = 10', [10]],
  ['a record that is gone', 'DELETE FROM call WHERE id = 5', [5]],
  ['a record too many', "INSERT INTO call (id, call_id, call_tag, at_ms, direction, tenant, admitted, source_port, source_protocol) VALUES (7, 'x', 1, 0, 'outbound', 'acme', 1, 5060, 'udp')", [7]],
  [
    'two that changed places',
    'UPDATE call SET call_id = (SELECT call_id FROM call WHERE id = 0) WHERE id = 5',
    [5],
  ],
])('%s, where the log says otherwise, is found', async (_what, sql, entries) => {
  using office = await setUp()
  expect(await office.compare()).toEqual({ calls: 4, differing: 0, entries: [] })
  office.kept.database.exec(sql)
  expect(await office.compare()).toMatchObject({ differing: entries.length, entries })
  expect(existsSync(`${office.kept.path}.check`)).toBe(false)
})

test('what a killed comparison has left goes with the next, and with who is alone', async () => {
  using office = await setUp()
  const commands = mkdtempSync(`${office.path}-cli-`)
  const left = ['.check', '.check-wal', '.check-shm'].map((tail) => `${office.path}${tail}`)
  const leave = () => left.map((path) => writeFileSync(path, 'left'))
  const there = () => left.filter((path) => existsSync(path))
  leave()
  expect(await office.compare()).toEqual({ calls: 4, differing: 0, entries: [] })
  expect(there()).toEqual([])
  leave()
  {
    using _running = lockLog(commands)
    expect(() => discardComparison(office.path, commands)).toThrow('by another process')
    expect(there()).toEqual(left)
  }
  discardComparison(office.path, commands)
  expect(there()).toEqual([])
})

test('where nothing was left nothing is touched', async () => {
  using office = await setUp()
  discardComparison(office.path, `${office.path}-cli`)
  expect(existsSync(`${office.path}-cli`)).toBe(false)
})

test.each([
  ['what is declared', "INSERT INTO declared VALUES ('key', 'k1', '{}')"],
  ['where calls are looked for', 'UPDATE segment SET to_ms = from_ms - 1'],
  ['a segment that is gone', 'DELETE FROM segment'],
])('%s, where the log tells otherwise, is found', async (_what, sql) => {
  using office = await setUp()
  office.kept.database.exec(sql)
  expect(await office.compare()).toMatchObject({ differing: 1, entries: [] })
})

test('what leads elsewhere than to the records is damage', async () => {
  using office = await setUp()
  const sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'call_by_key'"
  const page = Number(office.kept.database.prepare(sql).get()?.rootpage)
  const pageBytes = Number(office.kept.database.prepare('PRAGMA page_size').get()?.page_size)
  office.kept.scrub()
  office.kept[Symbol.dispose]()
  const bytes = readFileSync(office.path)
  // The end of a page is where SQLite puts the first entry.
  bytes.fill(0x7f, page * pageBytes - 3, page * pageBytes)
  writeFileSync(office.path, bytes)
  using kept = new IndexFile(office.path)
  const { source, keys } = office
  await expect(compareIndex({ kept, keys, source, retire: () => undefined })).rejects.toMatchObject(
    { code: 'audit_unavailable' },
  )
})

test('an erased number and a month that is over make no difference', async () => {
  using office = await setUp()
  const subject = { tenant: 'acme', text: theirs }
  await eraseSubject(office.openKeys(), office.source(0), subject)
  forgetInIndex({ keys: office.keys, index: office.kept }, subject)
  expect(await office.compare()).toMatchObject({ calls: 4, differing: 0 })
  const retention = retentionOf([{ id: 'acme', retention: { ...usualRetention, callerMonths: 1 } }])
  const retire = (index: IndexFile) =>
    void applyRetention({ keys: office.keys, index }, retention, Date.UTC(2026, 2, 1))
  retire(office.kept)
  expect(await office.compare(retire)).toMatchObject({ calls: 4, differing: 0 })
})
