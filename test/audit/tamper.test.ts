import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verifyLog } from '../../src/audit/verify.ts'
import { callIds, onlySegment, open, segments, temporaryDirectory, writeLog } from './support.ts'

/** What verify says of a log whose lines have been changed by hand. */
async function verdictOn(change: (lines: string[]) => string[]): Promise<object> {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b', 'c', 'd', 'e'])
  const { path, text } = onlySegment(dir.path)
  const lines = change(text.split('\n').slice(0, -1))
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  const { fault } = await verifyLog(dir.path)
  return { line: fault?.line, reason: fault?.reason }
}

test('a log as it was written is whole', async () => {
  expect(await verdictOn((lines) => lines)).toEqual({ line: undefined, reason: undefined })
})

test('an edit, a deletion, an insertion and a change of order are each found where they are', async () => {
  const edited = (line: string) => line.replace('"admitted":false', '"admitted":true')
  expect(await verdictOn((lines) => lines.with(1, edited(lines[1] ?? '')))).toEqual({
    line: 2,
    reason: 'altered',
  })
  expect(await verdictOn((lines) => lines.toSpliced(2, 1))).toEqual({ line: 3, reason: 'missing' })
  expect(await verdictOn((lines) => lines.slice(1))).toEqual({ line: 1, reason: 'missing' })
  expect(await verdictOn((lines) => lines.toSpliced(2, 0, lines[1] ?? ''))).toEqual({
    line: 3,
    reason: 'out_of_order',
  })
  expect(await verdictOn((lines) => lines.toReversed())).toEqual({ line: 1, reason: 'missing' })
  expect(await verdictOn((lines) => lines.toSpliced(4, 0, ''))).toEqual({
    line: 5,
    reason: 'unreadable',
  })
})

test('a tail that is cut off is found, record by record and whole', async () => {
  expect(await verdictOn((lines) => lines.slice(0, 4))).toEqual({ line: 5, reason: 'cut_off' })
  expect(await verdictOn(() => [])).toEqual({ line: 1, reason: 'cut_off' })
})

test('a log of the same events from elsewhere is not taken for this one', async () => {
  using mine = temporaryDirectory()
  using other = temporaryDirectory()
  await writeLog(mine.path, ['a', 'b'])
  await writeLog(other.path, ['x', 'y'])
  renameSync(onlySegment(other.path).path, onlySegment(mine.path).path)
  expect((await verifyLog(mine.path)).fault).toMatchObject({ line: 2, reason: 'head_differs' })
})

test('a segment that is missing, renamed or emptied is found', async () => {
  for (const [change, reason] of [
    [(path: string) => rmSync(path), 'missing'],
    [(path: string) => renameSync(path, path.replace('002.', '009.')), 'missing'],
    [(path: string) => truncateSync(path, 0), 'missing'],
    [(path: string) => truncateSync(path, 100), 'unfinished'],
    [
      (path: string) => renameSync(path.replace('002.', '003.'), path.replace('002.', '009.')),
      'missing',
    ],
    [(path: string) => renameSync(path.replace('002.', '003.'), path), 'missing'],
  ] as const) {
    using dir = temporaryDirectory()
    await writeLog(dir.path, ['a', 'b', 'c'], { segmentBytesMax: 1 })
    change(segments(dir.path)[1]?.path ?? '')
    expect((await verifyLog(dir.path)).fault).toMatchObject({ reason })
  }
})

test('a head that is gone while records are there is a fault, not a new log', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  rmSync(join(dir.path, 'head'))
  expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'head_unreadable' })
  await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
})

test('a head that says the same in other bytes is a fault', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  const path = join(dir.path, 'head')
  writeFileSync(path, readFileSync(path, 'utf8').replace(' ', '\t'))
  expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'head_unreadable' })
})

test('a log whose records are all gone is not begun anew', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  rmSync(onlySegment(dir.path).path)
  expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'cut_off' })
  await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
})

test('one other byte anywhere in the log or its head is found', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  for (const path of [onlySegment(dir.path).path, join(dir.path, 'head')]) {
    const good = readFileSync(path)
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(path, bad)
      expect((await verifyLog(dir.path)).fault, `byte ${at} of ${path}`).toBeDefined()
    }
    writeFileSync(path, good)
  }
  expect((await verifyLog(dir.path)).fault).toBeUndefined()
})

test('a damaged log is not continued, and the failure names file, line and reason', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const { path, text } = onlySegment(dir.path)
  writeFileSync(path, text.replace('rate_exceeded', 'rate_eXceeded'))
  await expect(open(dir.path)).rejects.toMatchObject({
    code: 'audit_corrupt',
    message: '0000000000000001.jsonl, line 1: the record does not match its own hash',
  })
})

test('a record cut anywhere was never acknowledged: it goes, and all others stay', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const head = readFileSync(join(dir.path, 'head'))
  await writeLog(dir.path, ['c'])
  const { path, text } = onlySegment(dir.path)
  const start = text.lastIndexOf('\n', text.length - 2) + 1
  for (let end = start; end < text.length; end++) {
    writeFileSync(path, text.slice(0, end))
    writeFileSync(join(dir.path, 'head'), head)
    const unfinishedBytes = end - start
    expect(await verifyLog(dir.path)).toMatchObject({ records: 2, unfinishedBytes })
    if (end % 16 === 0 || end < start + 2 || end > text.length - 3) {
      await writeLog(dir.path, ['d'])
      expect(await callIds(dir.path)).toEqual(['a', 'b', 'd'])
    }
  }
})

test('the head knows a record that was acknowledged: cut anywhere, the log is damaged', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const { path, text } = onlySegment(dir.path)
  const start = text.indexOf('\n') + 1
  for (let end = start; end < text.length; end++) {
    writeFileSync(path, text.slice(0, end))
    expect((await verifyLog(dir.path)).fault).toBeDefined()
  }
  await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
})

test('any garbage in place of the log is a fault and never an error of ours', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  const { path } = onlySegment(dir.path)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
      writeFileSync(path, bytes)
      expect((await verifyLog(dir.path)).fault).toBeDefined()
    }),
    { numRuns: 100 },
  )
})

test('a line longer than any record is a fault, and is not read to its end', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  const { path, text } = onlySegment(dir.path)
  writeFileSync(path, text + 'x'.repeat(3_000_000))
  expect((await verifyLog(dir.path)).fault).toMatchObject({ line: 2, reason: 'unreadable' })
})

test('a directory without a log is told from an empty log', async () => {
  using dir = temporaryDirectory()
  await expect(verifyLog(dir.path)).rejects.toMatchObject({ code: 'audit_unavailable' })
  await writeLog(dir.path, [])
  expect(await verifyLog(dir.path)).toMatchObject({ records: 0 })
})
