import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { auditDefaults, openAuditLog } from '../../src/audit/append.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import {
  admitted,
  callIds,
  decided,
  filesOf,
  names,
  open,
  readAll,
  ringing,
  temporaryDirectory,
  writeLog,
} from './support.ts'

test('events come back in the order in which they were appended', async () => {
  using dir = temporaryDirectory()
  {
    await using log = await open(dir.path)
    const all = names(200)
    await Promise.all(all.map((name, at) => log.append(at % 3 ? ringing(name) : decided(name))))
    expect(await callIds(dir.path)).toEqual(all)
  }
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 200 })
})

test('a log that is opened again goes on where it stopped', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  await writeLog(dir.path, [])
  await writeLog(dir.path, ['c'])
  expect((await readAll(dir.path)).map((entry) => entry.index)).toEqual([0, 1, 2])
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 3, uncovered: 0 })
})

test('a full bundle is followed by the next, also across restarts', async () => {
  using dir = temporaryDirectory()
  for (const count of [250, 5, 1, 0, 1, 255, 300]) await writeLog(dir.path, names(count))
  const { entries, fault } = await verifyLog(dir.path)
  expect([entries, fault]).toEqual([812, undefined])
  expect((await callIds(dir.path)).slice(511, 514)).toEqual(['c254', 'c0', 'c1'])
})

test('only its own files are in the directory, in the layout of c2sp.org/tlog-tiles', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(600))
  await writeLog(dir.path, names(1))
  await writeLog(dir.path, names(1))
  expect(filesOf(dir.path)).toEqual([
    'checkpoint',
    'pending/2',
    'tile/0/000',
    'tile/0/001',
    ...['tile/0/002.p/89', 'tile/0/002.p/90'],
    'tile/1/000.p/2',
    'tile/entries/000',
    'tile/entries/001',
    ...['tile/entries/002.p/89', 'tile/entries/002.p/90'],
    'vkey',
  ])
})

test('a refusal waits for company a moment, and goes with the next admitted call at once', async () => {
  using dir = temporaryDirectory()
  const clock = new FakeClock()
  const around = { dir: dir.path, clock, random: countedRandom(), logger: silentLogger }
  await using log = await openAuditLog({ ...around, settings: { sync: false } })
  const kept: string[] = []
  const append = async (event: AuditEvent, name: string) => {
    await log.append(event)
    kept.push(name)
  }
  const alone = append(decided('a'), 'alone')
  clock.advance(79)
  await callIds(dir.path)
  expect(kept).toEqual([])
  clock.advance(1)
  await alone
  clock.advance(auditDefaults.spacingMs)
  const together = [append(decided('b'), 'refused'), append(admitted('c'), 'admitted')]
  await Promise.all(together)
  expect(kept).toEqual(['alone', 'refused', 'admitted'])
})

test('where decisions find no room any more, what running calls do still has some, up to a bound', async () => {
  using dir = temporaryDirectory()
  const clock = new FakeClock()
  const around = { dir: dir.path, clock, random: countedRandom(), logger: silentLogger }
  await using log = await openAuditLog({ ...around, settings: { waitingRecordsMax: 2 } })
  const unavailable = { code: 'audit_unavailable' }
  const kept = [log.append(decided('a')), log.append(decided('b'))]
  await expect(log.append(decided('c'))).rejects.toMatchObject(unavailable)
  kept.push(log.append(ringing('a')), log.append(ringing('b')))
  await expect(log.append(ringing('c'))).rejects.toMatchObject(unavailable)
  clock.advance(80)
  await Promise.all(kept)
  expect(await callIds(dir.path)).toEqual(['a', 'b', 'a', 'b'])
})

test('a log for which too many events wait is known to keep nothing, until they are written', async () => {
  using dir = temporaryDirectory()
  const clock = new FakeClock()
  const around = { dir: dir.path, clock, random: countedRandom(), logger: silentLogger }
  await using log = await openAuditLog({ ...around, settings: { waitingRecordsMax: 2 } })
  void log.append(decided('a'))
  expect(log.isWritable).toBe(true)
  const last = log.append(decided('b'))
  expect(log.isWritable).toBe(false)
  await expect(log.append(decided('c'))).rejects.toMatchObject({ code: 'audit_unavailable' })
  clock.advance(80)
  await last
  expect(log.isWritable).toBe(true)
})

test('a clock that goes back changes no order, and the log verifies', async () => {
  using dir = temporaryDirectory()
  const clock = new FakeClock()
  const around = { dir: dir.path, random: countedRandom(), logger: silentLogger }
  let backMs = 0
  const turned: Clock = {
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (periodMs, run) => clock.every(periodMs, run),
    now: () => clock.now() - backMs,
  }
  {
    await using log = await openAuditLog({
      ...around,
      clock: turned,
      settings: { spacingMs: 0, gatherMs: 0, unawaitedMs: 0 },
    })
    for (const name of names(3)) {
      await log.append(decided(name))
      backMs += 3_600_000
      clock.advance(1000)
    }
  }
  expect(await callIds(dir.path)).toEqual(names(3))
  const [first, , last] = await readAll(dir.path)
  expect(last?.atMs).toBeLessThan(first?.atMs ?? 0)
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 3, fault: undefined })
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
  // The next bundle cannot be made: its name is taken by a directory.
  const obstacle = join(dir.path, 'pending', '1')
  {
    await using log = await open(dir.path)
    mkdirSync(obstacle)
    await Promise.all(names(256).map((name) => log.append(decided(name))))
    await expect(log.append(decided('b'))).rejects.toMatchObject({ code: 'audit_unavailable' })
    await expect(log.append(decided('c'))).rejects.toMatchObject({ code: 'audit_unavailable' })
  }
  rmSync(obstacle, { recursive: true })
  await writeLog(dir.path, ['d'])
  expect((await callIds(dir.path)).slice(254)).toEqual(['c254', 'c255', 'd'])
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 257, fault: undefined })
})

test('a tile that a process which died had begun to write is written again', async () => {
  using whole = temporaryDirectory()
  using dead = temporaryDirectory()
  {
    await using log = await open(whole.path)
    await Promise.all(names(300).map((name) => log.append(decided(name))))
    // As a kill -9 leaves it: no checkpoint covers any of it.
    cpSync(whole.path, dead.path, { recursive: true })
    cpSync(`${whole.path}.key`, `${dead.path}.key`)
  }
  const tile = 'tile/0/000'
  const written = readFileSync(join(whole.path, tile))
  for (const left of [written.subarray(0, 100), Buffer.alloc(written.length), Buffer.alloc(0)]) {
    using dir = temporaryDirectory()
    cpSync(dead.path, dir.path, { recursive: true })
    cpSync(`${dead.path}.key`, `${dir.path}.key`)
    mkdirSync(join(dir.path, 'tile/0'), { recursive: true })
    writeFileSync(join(dir.path, tile), left)
    expect(await verifyLog(dir.path)).toMatchObject({ uncovered: 300, fault: undefined })
    await writeLog(dir.path, ['afterwards'])
    expect(readFileSync(join(dir.path, tile)).equals(written)).toBe(true)
    expect(await verifyLog(dir.path)).toMatchObject({ entries: 301, fault: undefined })
  }
})

test('a directory that cannot be used is a failure that says so', async () => {
  using dir = temporaryDirectory()
  const file = join(dir.path, 'file')
  writeFileSync(file, '')
  await expect(open(file)).rejects.toMatchObject({ code: 'audit_unavailable' })
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
