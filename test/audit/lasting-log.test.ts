import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { AuditLog, Prepare } from '../../src/audit/event.ts'
import { keptEventsMax, lostCallsMax } from '../../src/audit/kept-events.ts'
import { openLastingLog } from '../../src/audit/lasting-log.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { type Logger, silentLogger } from '../../src/kernel/logger.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { soon } from '../support/soon.ts'
import { callIds, decided, names, readAll, ringing, temporaryDirectory } from './support.ts'

async function setUp(dir: string, logger: Logger = silentLogger, prepare?: Prepare) {
  const clock = new FakeClock()
  // The clock runs ahead of the disk here: that is no disk that hangs.
  const settings = { spacingMs: 0, gatherMs: 0, unawaitedMs: 0, stallTimeoutMs: 1e9 }
  const around = { random: countedRandom(), logger }
  return { clock, log: await openLastingLog({ dir, clock, ...around, settings, prepare }) }
}

/** The next event needs the next bundle. */
async function fillBundle(log: AuditLog): Promise<void> {
  await Promise.all(names(256).map((name) => log.append(decided(name))))
}

/** Stands where a bundle belongs, so that it cannot be written. */
function block(dir: string, bundle = 1): Disposable {
  const path = join(dir, 'pending', String(bundle))
  mkdirSync(path, { recursive: true })
  return { [Symbol.dispose]: () => rmdirSync(path) }
}

test('a log that failed is opened anew once it can be, and says how long it kept nothing', async () => {
  using dir = temporaryDirectory()
  const { clock, log } = await setUp(dir.path)
  {
    using _obstacle = block(dir.path)
    await fillBundle(log)
    const unavailable = { code: 'audit_unavailable' }
    await expect(log.append(decided('lost'))).rejects.toMatchObject(unavailable)
    await clock.advanceAsync(20_000)
    await expect(log.append(decided('lost too'))).rejects.toMatchObject(unavailable)
  }
  await soon(() => {
    clock.advance(5000)
    expect(log.isWritable).toBe(true)
  })
  await log.append(decided('kept again'))
  await log[Symbol.asyncDispose]()
  expect(await callIds(dir.path)).toEqual([...names(256), 'audit.resumed', 'kept again'])
  const resumed = (await readAll(dir.path))[256]?.event
  expect(resumed?.type === 'audit.resumed' && resumed.silentMs).toBeGreaterThanOrEqual(20_000)
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 258, fault: undefined })
  expect(clock.pendingCount).toBe(0)
})

/** Moves time on until this has come. */
async function until(clock: FakeClock, outcome: Promise<unknown>): Promise<void> {
  let isThere = false
  void outcome.then(() => {
    isThere = true
  })
  await vi.waitFor(
    async () => {
      await clock.advanceAsync(5000)
      expect(isThere).toBe(true)
    },
    { timeout: 20_000 },
  )
}

/** What `audit.resumed` says, each time. */
async function resumptions(dir: string) {
  return (await readAll(dir)).flatMap(({ event }) => (event.type === 'audit.resumed' ? event : []))
}

test('what running calls did while nothing could be written follows, with its own moments', async () => {
  using dir = temporaryDirectory()
  const { clock, log } = await setUp(dir.path)
  const obstacle = block(dir.path)
  await fillBundle(log)
  const inFlight = log.append(ringing('running'))
  await expect(log.append(decided('refused'))).rejects.toThrow()
  await clock.advanceAsync(7000)
  await expect(log.append(decided('refused too'))).rejects.toThrow()
  const atMs = clock.now()
  const kept = [log.append(ringing('other')), log.append(ringing('running'))]
  obstacle[Symbol.dispose]()
  await until(clock, Promise.all([inFlight, ...kept]))
  await log[Symbol.asyncDispose]()
  const after = [...names(256), 'audit.resumed', 'running', 'other', 'running']
  expect(await callIds(dir.path)).toEqual(after)
  expect((await readAll(dir.path)).slice(258).map((entry) => entry.atMs)).toEqual([atMs, atMs])
  expect(await resumptions(dir.path)).toMatchObject([{ kept: 3, lost: 0, unrecorded: 1 }])
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 260, fault: undefined })
})

test('what a failed write has left in the log is not written once more', async () => {
  using dir = temporaryDirectory()
  const { clock, log } = await setUp(dir.path)
  const obstacle = block(dir.path)
  await Promise.all(names(250).map((name) => log.append(decided(name))))
  const running = names(10, 900)
  // One write of ten: six of them still go into the first bundle.
  const outcomes = Promise.all(running.map((name) => log.append(ringing(name))))
  await soon(async () => {
    await clock.advanceAsync(100)
    expect(log.isWritable).toBe(false)
  })
  obstacle[Symbol.dispose]()
  await until(clock, outcomes)
  await log[Symbol.asyncDispose]()
  const after = [...running.slice(0, 6), 'audit.resumed', ...running.slice(6)]
  expect((await callIds(dir.path)).slice(250)).toEqual(after)
})

test('a disk that is full again meanwhile loses nothing and doubles nothing', async () => {
  using dir = temporaryDirectory()
  let opened = 0
  let second: Disposable | undefined
  const info = (_: object, sentence: string) => {
    if (sentence !== 'The audit log is open.' || ++opened !== 2) return
    second = block(dir.path, 2)
  }
  let inVain = 0
  const error = (_: object, sentence: string) => {
    if (second && sentence === 'The audit log still cannot be written.') inVain++
  }
  const { clock, log } = await setUp(dir.path, { ...silentLogger, info, error })
  const first = block(dir.path)
  await fillBundle(log)
  await expect(log.append(decided('refused'))).rejects.toThrow()
  const running = names(700, 1000)
  const outcomes = Promise.all(running.map((name) => log.append(ringing(name))))
  first[Symbol.dispose]()
  await soon(async () => {
    await clock.advanceAsync(5000)
    expect(inVain).toBeGreaterThan(0)
  })
  await expect(log.append(decided('refused'))).rejects.toThrow()
  second?.[Symbol.dispose]()
  await until(clock, outcomes)
  await log[Symbol.asyncDispose]()
  const ids = (await callIds(dir.path)).slice(256)
  expect(ids.filter((id) => id !== 'audit.resumed')).toEqual(running)
  expect((await resumptions(dir.path)).length).toBeGreaterThan(1)
  expect((await verifyLog(dir.path)).fault).toBeUndefined()
})

test('calls that never stop doing something do not keep a log from taking decisions again', async () => {
  using dir = temporaryDirectory()
  const { clock, log } = await setUp(dir.path)
  const obstacle = block(dir.path)
  await fillBundle(log)
  await expect(log.append(decided('refused'))).rejects.toThrow()
  let goesOn = true
  const running = async () => {
    while (goesOn) await log.append(ringing('running'))
  }
  const call = running()
  obstacle[Symbol.dispose]()
  await vi.waitFor(
    async () => {
      await clock.advanceAsync(5000)
      expect(log.isWritable).toBe(true)
      await log.append(decided('kept again'))
    },
    { timeout: 20_000 },
  )
  goesOn = false
  await call
  await log[Symbol.asyncDispose]()
  const ids = (await callIds(dir.path)).slice(256)
  expect(ids[0]).toBe('audit.resumed')
  expect(new Set(ids)).toEqual(new Set(['audit.resumed', 'running', 'kept again']))
  expect((await verifyLog(dir.path)).fault).toBeUndefined()
})

test('events that are more than can wait are counted, and their calls are named', async () => {
  using dir = temporaryDirectory()
  const { clock, log } = await setUp(dir.path)
  const obstacle = block(dir.path)
  await fillBundle(log)
  await expect(log.append(decided('refused'))).rejects.toThrow()
  const kept = Promise.all(names(keptEventsMax).map((name) => log.append(ringing(name))))
  const lost = names(2 * lostCallsMax, keptEventsMax)
  for (const name of lost) {
    await expect(log.append(ringing(name))).rejects.toMatchObject({ code: 'audit_unavailable' })
  }
  obstacle[Symbol.dispose]()
  await until(clock, kept)
  await log[Symbol.asyncDispose]()
  expect(await resumptions(dir.path)).toMatchObject([
    { kept: keptEventsMax, lost: lost.length, lostCalls: lost.slice(0, lostCallsMax) },
  ])
  expect(await callIds(dir.path)).toHaveLength(256 + 1 + keptEventsMax)
})

test('what is lost and refused while the log says what it has lost is said after it', async () => {
  using dir = temporaryDirectory()
  let during: (() => void) | undefined
  const { clock, log } = await setUp(dir.path, silentLogger, (event) => {
    if (event.type === 'audit.resumed') during?.()
    during = undefined
    return { ...event }
  })
  const obstacle = block(dir.path)
  await fillBundle(log)
  await expect(log.append(decided('refused'))).rejects.toThrow()
  const kept = Promise.all(names(keptEventsMax).map((name) => log.append(ringing(name))))
  const lose = (name: string) => log.append(ringing(name)).catch(() => undefined)
  await lose('first')
  during = () => {
    void lose('first')
    void lose('second')
    log.append(decided('refused meanwhile')).catch(() => undefined)
  }
  obstacle[Symbol.dispose]()
  await until(clock, kept)
  await soon(async () => {
    expect(await resumptions(dir.path)).toMatchObject([
      { kept: keptEventsMax, lost: 1, lostCalls: ['first'], unrecorded: 0 },
      { kept: 0, lost: 2, lostCalls: ['first', 'second'], unrecorded: 1 },
    ])
  })
  await log[Symbol.asyncDispose]()
})

test('a log that is closed tries once more to write what it has kept', async () => {
  for (const isFull of [false, true]) {
    using dir = temporaryDirectory()
    const { log } = await setUp(dir.path)
    const obstacle = block(dir.path)
    await fillBundle(log)
    await expect(log.append(decided('refused'))).rejects.toThrow()
    const ended = log.append(ringing('running'))
    if (!isFull) obstacle[Symbol.dispose]()
    await log[Symbol.asyncDispose]()
    if (isFull) await expect(ended).rejects.toMatchObject({ code: 'audit_unavailable' })
    else expect((await callIds(dir.path)).slice(256)).toEqual(['audit.resumed', 'running'])
  }
})

test('a log that failed is opened anew only when a checkpoint can be written too', async () => {
  using dir = temporaryDirectory()
  const errors: string[] = []
  const error = (_: object, sentence: string) => void errors.push(sentence)
  const { clock, log } = await setUp(dir.path, { ...silentLogger, error })
  await log.append(decided('before'))
  const obstacle = join(dir.path, 'checkpoint.new')
  mkdirSync(obstacle)
  const inVain = 'The audit log still cannot be written.'
  await soon(() => {
    clock.advance(1000)
    expect(errors.filter((each) => each === inVain).length).toBeGreaterThan(1)
  })
  rmdirSync(obstacle)
  await soon(() => {
    clock.advance(5000)
    expect(log.isWritable).toBe(true)
  })
  await log.append(decided('kept again'))
  await log[Symbol.asyncDispose]()
  expect(await callIds(dir.path)).toEqual(['before', 'audit.resumed', 'kept again'])
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 3, fault: undefined })
})

test('a log that failed can be closed, and stays closed', async () => {
  using dir = temporaryDirectory()
  const { clock, log } = await setUp(dir.path)
  using _obstacle = block(dir.path)
  await fillBundle(log)
  await expect(log.append(decided('lost'))).rejects.toThrow()
  await log[Symbol.asyncDispose]()
  expect(clock.pendingCount).toBe(0)
  await expect(log.append(decided('late'))).rejects.toMatchObject({ code: 'audit_unavailable' })
})

test('a log that cannot be opened at the start is an error at once', async () => {
  using dir = temporaryDirectory()
  const { log } = await setUp(dir.path)
  await expect(setUp(dir.path)).rejects.toMatchObject({ code: 'audit_unavailable' })
  await log[Symbol.asyncDispose]()
})
