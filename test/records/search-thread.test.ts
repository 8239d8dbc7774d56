import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { IndexFile } from '../../src/records/index-file.ts'
import { openRecordSearch } from '../../src/records/search-thread.ts'

async function searching() {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-search-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const indexPath = join(folder, 'index.sqlite')
  const auditDir = join(folder, 'audit')
  const keysPath = join(folder, 'keys.sqlite')
  const settings = { auditDir, indexPath, keysPath, masterKey: undefined }
  const search = openRecordSearch(settings, systemClock())
  onTestFinished(() => search[Symbol.asyncDispose]())
  return { search, indexPath, auditDir }
}

test('records are found in a thread of their own', async () => {
  const { search, indexPath } = await searching()
  new IndexFile(indexPath)[Symbol.dispose]()
  expect(await search.search({}, { limit: 5 })).toEqual({ records: [], next: undefined, upTo: 0 })
})

test('while the index is being made anew nobody is told that there are no calls', async () => {
  const { search, auditDir } = await searching()
  await mkdir(auditDir)
  const checkpointOf = (size: number) =>
    `example.com/log\n${size}\n${Buffer.alloc(32).toString('base64')}\n\n— example.com/log AAAAAAA=\n`
  await writeFile(join(auditDir, 'checkpoint'), checkpointOf(100_000))
  expect((await search.search({}, {})).records).toEqual([])
  await writeFile(join(auditDir, 'checkpoint'), checkpointOf(100_001))
  await expect(search.search({}, {})).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('made anew'),
  })
})

test('a cursor that is none is told from an index that cannot be read', async () => {
  const { search } = await searching()
  await expect(search.search({}, { cursor: 'AAAA' })).rejects.toThrow(RangeError)
})

test('more searches than may wait fail at once', async () => {
  const { search } = await searching()
  const all = await Promise.allSettled(Array.from({ length: 80 }, () => search.search({}, {})))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(64)
})
