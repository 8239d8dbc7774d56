import { mkdtemp, rm } from 'node:fs/promises'
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
  const settings = { indexPath, keysPath: join(folder, 'keys.sqlite'), masterKey: undefined }
  const search = openRecordSearch(settings, systemClock())
  onTestFinished(() => search[Symbol.asyncDispose]())
  return { search, indexPath }
}

test('records are found in a thread of their own', async () => {
  const { search, indexPath } = await searching()
  new IndexFile(indexPath)[Symbol.dispose]()
  expect(await search.search({}, { limit: 5 })).toEqual({ records: [], next: undefined, upTo: 0 })
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
