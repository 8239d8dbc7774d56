import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import {
  callIds,
  decided,
  open,
  readAll,
  ringing,
  segments,
  temporaryDirectory,
  writeLog,
} from './support.ts'

test('events come back in the order in which they were appended', async () => {
  using dir = temporaryDirectory()
  {
    await using log = await open(dir.path)
    const names = Array.from({ length: 200 }, (_, index) => `c${index}`)
    await Promise.all(names.map((name, at) => log.append(at % 3 ? ringing(name) : decided(name))))
    expect(await callIds(dir.path)).toEqual(names)
  }
  expect(await verifyLog(dir.path)).toMatchObject({ records: 200 })
})

test('a log that is opened again goes on where it stopped', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  await writeLog(dir.path, [])
  await writeLog(dir.path, ['c'])
  expect((await readAll(dir.path)).map((record) => record.seq)).toEqual([1, 2, 3])
  expect(await verifyLog(dir.path)).toMatchObject({ records: 3, segments: 1 })
})

test('a full segment is followed by a new one, also across restarts', async () => {
  using dir = temporaryDirectory()
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names) await writeLog(dir.path, [name], { segmentBytesMax: 700 })
  expect(segments(dir.path).length).toBeGreaterThan(1)
  expect(await callIds(dir.path)).toEqual(names)
  expect((await verifyLog(dir.path)).fault).toBeUndefined()
})

test('a new segment takes as many records as the one before', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, [...'abcdefghi'], { segmentBytesMax: 1000 })
  expect(segments(dir.path).map(({ text }) => text.split('\n').length - 1)).toEqual([3, 3, 3])
})

test('a process that died between two segments is continued', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'], { segmentBytesMax: 1 })
  writeFileSync(join(dir.path, '0000000000000003.jsonl'), '')
  await writeLog(dir.path, ['c'])
  expect(await callIds(dir.path)).toEqual(['a', 'b', 'c'])
  expect((await verifyLog(dir.path)).fault).toBeUndefined()
})

test('two writers never share a log, and the second comes in when the first is gone', async () => {
  using dir = temporaryDirectory()
  const first = await open(dir.path)
  await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_unavailable' })
  await first[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  await using second = await open(dir.path)
  await second.append(decided('a'))
})

test('a closed log refuses', async () => {
  using dir = temporaryDirectory()
  const log = await open(dir.path)
  await log[Symbol.asyncDispose]()
  await expect(log.append(decided('a'))).rejects.toMatchObject({ code: 'audit_unavailable' })
})

test('whoever does not wait for a refused event does not crash of it', async () => {
  using dir = temporaryDirectory()
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  const log = await open(dir.path)
  void log.append({ ...ringing('a'), status: Number.NaN } as AuditEvent)
  await log[Symbol.asyncDispose]()
  void log.append(ringing('b'))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

test('an event that cannot be written down is refused and leaves no gap', async () => {
  using dir = temporaryDirectory()
  {
    await using log = await open(dir.path)
    await log.append(decided('a'))
    const endless = { ...ringing('b'), status: Number.NaN } as AuditEvent
    await expect(log.append(endless)).rejects.toMatchObject({ code: 'audit_unavailable' })
    const huge = { ...ringing('c'), gatewayId: 'x'.repeat(100_000) } as AuditEvent
    await expect(log.append(huge)).rejects.toMatchObject({ code: 'audit_unavailable' })
    await log.append(decided('d'))
  }
  expect(await callIds(dir.path)).toEqual(['a', 'd'])
  expect((await verifyLog(dir.path)).fault).toBeUndefined()
})

test('after a failure of the disk all is refused, and the log reopens whole', async () => {
  using dir = temporaryDirectory()
  {
    await using log = await open(dir.path, { segmentBytesMax: 1 })
    await log.append(decided('a'))
    // The next segment cannot be made: its name is taken by a directory.
    mkdirSync(join(dir.path, '0000000000000002.jsonl'))
    await expect(log.append(decided('b'))).rejects.toMatchObject({ code: 'audit_unavailable' })
    await expect(log.append(decided('c'))).rejects.toMatchObject({ code: 'audit_unavailable' })
  }
  rmSync(join(dir.path, '0000000000000002.jsonl'), { recursive: true })
  await writeLog(dir.path, ['d'])
  expect(await callIds(dir.path)).toEqual(['a', 'd'])
})

test('a new log is bound to an id of its own', async () => {
  using one = temporaryDirectory()
  await writeLog(one.path, ['a'])
  const [record] = await readAll(one.path)
  expect(record?.prev).toBe('1'.padStart(64, '0'))
})

test('a directory that cannot be used is a failure that says so', async () => {
  using dir = temporaryDirectory()
  const file = join(dir.path, 'file')
  writeFileSync(file, '')
  await expect(open(file)).rejects.toMatchObject({ code: 'audit_unavailable' })
})

test('only its own files are in the directory', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  expect(readdirSync(dir.path).sort()).toEqual(['0000000000000001.jsonl', 'head', 'lock'])
})

test('the last event of a gate is written though nothing else keeps the process alive', async () => {
  using dir = temporaryDirectory()
  const child = join(import.meta.dirname, 'append-and-end.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [child, dir.path])
  expect(stdout).toBe('ended')
  expect((await readAll(dir.path)).map(({ event }) => event.type)).toEqual([
    'call.decided',
    'gate.stopped',
  ])
})

test('a directory in which nothing can be made is said so', async () => {
  using dir = temporaryDirectory()
  mkdirSync(join(dir.path, 'lock'))
  await expect(open(dir.path)).rejects.toMatchObject({
    code: 'audit_unavailable',
    message: expect.stringMatching(/cannot be locked: .+/),
  })
})
