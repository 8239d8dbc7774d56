import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeEntries, encodeEntries } from '../../src/audit/tree/bundle.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { callIds, filesOf, names, open, temporaryDirectory, writeLog } from './support.ts'

const full = 'tile/entries/000'
const rest = 'pending/1'

function makeHuge(path: string): void {
  writeFileSync(path, '')
  truncateSync(path, 2 ** 40)
}

/** What verify says of a log of 300 entries of which a file has been changed by hand. */
async function verdictOn(file: string, change: (leaves: Buffer[]) => Buffer[]): Promise<object> {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  const path = join(dir.path, file)
  writeFileSync(path, encodeEntries(change([...decodeEntries(readFileSync(path)).leaves])))
  const { fault } = await verifyLog(dir.path)
  return { file: fault?.file, index: fault?.index, reason: fault?.reason }
}

test('an edit, a deletion, an insertion and a change of order are each found where they are', async () => {
  const edited = (leaf: Buffer | undefined) =>
    Buffer.from(String(leaf).replace('"admitted":false', '"admitted":true '))
  const found = (file: string, index: number, reason: string) => ({ file, index, reason })
  const at = (leaves: Buffer[], index: number) => leaves[index] ?? Buffer.alloc(0)
  for (const [file, first] of [
    [full, 0],
    [rest, 256],
  ] as const) {
    expect(await verdictOn(file, (all) => all)).toEqual({})
    expect(await verdictOn(file, (all) => all.with(7, edited(all[7])))).toEqual(
      found(file, first + 7, 'altered'),
    )
    expect(await verdictOn(file, (all) => all.toSpliced(9, 1))).toEqual(
      found(file, first + 9, 'missing'),
    )
    expect(await verdictOn(file, (all) => all.toSpliced(9, 0, at(all, 3)))).toEqual(
      found(file, first + 9, 'inserted'),
    )
    expect(await verdictOn(file, (all) => all.with(4, at(all, 5)).with(5, at(all, 4)))).toEqual(
      found(file, first + 4, 'out_of_order'),
    )
    expect(await verdictOn(file, (all) => all.toReversed())).toMatchObject({
      index: first,
      reason: 'out_of_order',
    })
  }
  expect(await verdictOn(full, (all) => [...all, at(all, 3)])).toEqual(found(full, 256, 'inserted'))
})

test('a tail that is cut off is found, entry by entry and whole', async () => {
  const cut = (index: number) => ({ file: rest, index, reason: 'cut_off' })
  expect(await verdictOn(rest, (all) => all.slice(0, -1))).toEqual(cut(299))
  expect(await verdictOn(rest, () => [])).toEqual(cut(256))
})

test('a log that was cut together with its checkpoint is found by a newer one alone', async () => {
  using dir = temporaryDirectory()
  using older = temporaryDirectory()
  await writeLog(dir.path, names(300))
  cpSync(dir.path, older.path, { recursive: true })
  await writeLog(dir.path, names(5))
  const since = readFileSync(join(dir.path, 'checkpoint'))
  expect((await verifyLog(older.path)).fault).toBeUndefined()
  const behind = { file: '--since', index: 300, reason: 'cut_off' }
  expect((await verifyLog(older.path, { since })).fault).toMatchObject(behind)
  expect((await verifyLog(dir.path, { since })).fault).toBeUndefined()
})

test('a log that was written anew with the private key is found by an older checkpoint alone', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  const since = readFileSync(join(dir.path, 'checkpoint'))
  rmSync(dir.path, { recursive: true })
  await writeLog(dir.path, names(400, 1))
  expect((await verifyLog(dir.path)).fault).toBeUndefined()
  expect((await verifyLog(dir.path, { since })).fault).toMatchObject({ reason: 'rewritten' })
})

test('a tile that stands for what an older checkpoint covers must be there', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  const since = readFileSync(join(dir.path, 'checkpoint'))
  await writeLog(dir.path, names(20, 300))
  const tile = join(dir.path, 'tile/0/000')
  const lost = { fault: { file: 'tile/0/000', reason: 'tile_missing' } }
  truncateSync(tile, 8191)
  expect(await verifyLog(dir.path, { since })).toMatchObject(lost)
  rmSync(tile)
  expect(await verifyLog(dir.path, { since })).toMatchObject(lost)
})

test('whoever has the key from elsewhere has no use for the one in the directory', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(3))
  const { key } = await verifyLog(dir.path)
  makeHuge(join(dir.path, 'vkey'))
  expect(await verifyLog(dir.path)).toMatchObject({ fault: { file: 'vkey', reason: 'too_long' } })
  expect(await verifyLog(dir.path, { key })).toMatchObject({ fault: undefined })
})

test('a log of another key is not taken for this one', async () => {
  using mine = temporaryDirectory()
  using other = temporaryDirectory()
  await writeLog(mine.path, names(3))
  const { key } = await verifyLog(mine.path)
  writeFileSync(`${other.path}.key`, readFileSync(`${mine.path}.key`, 'utf8').replace('0', '1'))
  await expect(writeLog(other.path, names(3))).rejects.toMatchObject({ code: 'audit_unavailable' })
  rmSync(`${other.path}.key`)
  await writeLog(other.path, names(3))
  const { fault } = await verifyLog(other.path, { key })
  expect(fault).toBeUndefined()
})

test('entries that were changed together with all their tiles contradict the checkpoint', async () => {
  using dir = temporaryDirectory()
  using forged = temporaryDirectory()
  await writeLog(dir.path, names(300))
  await writeLog(forged.path, names(300, 1))
  copyFileSync(join(dir.path, 'checkpoint'), join(forged.path, 'checkpoint'))
  expect((await verifyLog(forged.path)).fault).toMatchObject({ reason: 'root_differs' })
  await expect(open(forged.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
})

test('a tile that is changed, short or gone is told from an entry that is', async () => {
  for (const [file, change, reason] of [
    [
      'tile/0/000',
      (path: string) => writeFileSync(path, readFileSync(path).fill(7, 64, 70)),
      'tile_altered',
    ],
    [
      'tile/0/001.p/44',
      (path: string) => writeFileSync(path, readFileSync(path).fill(7, 64, 70)),
      'tile_altered',
    ],
    [
      'tile/1/000.p/1',
      (path: string) => writeFileSync(path, readFileSync(path).fill(7)),
      'tile_altered',
    ],
    ['tile/0/000', (path: string) => truncateSync(path, 100), 'tile_altered'],
    ['tile/0/000', (path: string) => rmSync(path), 'tile_missing'],
    ['tile/0/001.p/44', (path: string) => rmSync(path), 'tile_missing'],
    ['tile/entries/001.p/44', (path: string) => rmSync(path), 'tile_missing'],
    ['tile/entries/001.p/44', (path: string) => truncateSync(path, 100), 'tile_altered'],
  ] as const) {
    using dir = temporaryDirectory()
    await writeLog(dir.path, names(300))
    change(join(dir.path, file))
    expect((await verifyLog(dir.path)).fault).toMatchObject({ file, reason })
  }
})

test('whatever stands in place of a file is found, and is never waited for', async () => {
  const changes: readonly [string, (path: string) => void][] = [
    ['not_a_file', (path) => mkdirSync(path)],
    ['not_a_file', (path) => symlinkSync('/dev/zero', path)],
    ['too_long', makeHuge],
  ]
  using whole = temporaryDirectory()
  await writeLog(whole.path, names(300))
  for (const file of filesOf(whole.path)) {
    for (const [reason, change] of changes) {
      using dir = temporaryDirectory()
      cpSync(whole.path, dir.path, { recursive: true })
      rmSync(join(dir.path, file))
      change(join(dir.path, file))
      expect((await verifyLog(dir.path)).fault, file).toMatchObject({ file, reason })
    }
  }
})

test('what is no part of the log is named, and proves and harms nothing', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  writeFileSync(join(dir.path, 'notes.txt'), 'x')
  mkdirSync(join(dir.path, 'tile/7/x001'), { recursive: true })
  writeFileSync(join(dir.path, 'tile/7/x001/000'), 'x')
  writeFileSync(join(dir.path, 'tile/entries/0'), 'x')
  copyFileSync(join(dir.path, full), join(dir.path, 'tile/entries/002'))
  symlinkSync('/', join(dir.path, 'tile/entries/003'))
  const { fault, strays } = await verifyLog(dir.path)
  expect(fault).toBeUndefined()
  expect(strays).toEqual({
    names: [
      'notes.txt',
      ...['tile/7/x001/000', 'tile/entries/0', 'tile/entries/002', 'tile/entries/003'],
    ],
    count: 5,
  })
})

test('a published log without what is being filled verifies as well', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  rmSync(join(dir.path, 'pending'), { recursive: true })
  rmSync(join(dir.path, 'lock'))
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 300, fault: undefined })
  expect(await callIds(dir.path)).toHaveLength(300)
  await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
})

test('a checkpoint that is gone, damaged or of another log is a fault, not a new log', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(3))
  const path = join(dir.path, 'checkpoint')
  const good = readFileSync(path, 'utf8')
  for (const [text, reason] of [
    ['', 'checkpoint_unreadable'],
    [good.replace('\n3\n', '\n2\n'), 'checkpoint_unsigned'],
    [good.replace(/^tollgate/, 'another'), 'checkpoint_unsigned'],
    [good.slice(0, -2), 'checkpoint_unreadable'],
  ] as const) {
    writeFileSync(path, text)
    expect((await verifyLog(dir.path)).fault).toMatchObject({ file: 'checkpoint', reason })
    await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
  }
  rmSync(path)
  expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'checkpoint_missing' })
  await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
})

test('a damaged log is not continued, and the failure names file, entry and reason', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(3))
  const path = join(dir.path, 'pending/0')
  truncateSync(path, readFileSync(path).length - 1)
  await expect(open(dir.path)).rejects.toMatchObject({
    code: 'audit_corrupt',
    message: 'pending/0, entry 2: the log ends before the size of its checkpoint',
  })
})

test('an entry cut anywhere that no checkpoint covers goes, and all others stay', async () => {
  using whole = temporaryDirectory()
  await writeLog(whole.path, names(2))
  using dir = temporaryDirectory()
  cpSync(whole.path, dir.path, { recursive: true })
  await writeLog(dir.path, names(1, 2))
  const bytes = readFileSync(join(dir.path, 'pending/0'))
  const start = readFileSync(join(whole.path, 'pending/0')).length
  for (let end = start; end <= bytes.length + 30; end++) {
    const torn =
      end <= bytes.length ? bytes.subarray(0, end) : Buffer.concat([bytes, Buffer.alloc(30)])
    writeFileSync(join(whole.path, 'pending/0'), torn)
    const isWhole = end >= bytes.length
    expect(await verifyLog(whole.path)).toMatchObject({
      entries: 2,
      fault: undefined,
      uncovered: isWhole ? 1 : 0,
      unfinishedBytes: end > bytes.length ? 30 : isWhole ? 0 : end - start,
    })
    if (end % 32 !== 0) continue
    using again = temporaryDirectory()
    cpSync(whole.path, again.path, { recursive: true })
    copyFileSync(`${dir.path}.key`, `${again.path}.key`)
    await writeLog(again.path, names(1, 9))
    expect(await callIds(again.path)).toEqual(['c0', 'c1', ...(isWhole ? ['c2'] : []), 'c9'])
    expect((await verifyLog(again.path)).fault).toBeUndefined()
  }
})

test('a bundle that a stray file calls still open does not replace the one that is covered', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  writeFileSync(join(dir.path, 'pending/0'), 'x')
  await writeLog(dir.path, names(300))
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 600, fault: undefined })
})

test('tiles that are lost, as in a power cut, are made again from the entries', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(600))
  rmSync(join(dir.path, 'tile/0'), { recursive: true })
  renameSync(join(dir.path, 'tile/entries/001'), join(dir.path, 'pending/1'))
  await writeLog(dir.path, names(1))
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 601, fault: undefined })
})

test('a directory without a log is told from an empty log', async () => {
  using dir = temporaryDirectory()
  await expect(verifyLog(dir.path)).rejects.toMatchObject({ code: 'audit_unavailable' })
  await writeLog(dir.path, [])
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 0, fault: undefined })
})
