import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { AuditLog } from '../../src/audit/event.ts'
import { openLastingLog } from '../../src/audit/lasting-log.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { type Logger, silentLogger } from '../../src/kernel/logger.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { callIds, decided, names, readAll, temporaryDirectory } from './support.ts'

async function setUp(dir: string, logger: Logger = silentLogger) {
  const clock = new FakeClock()
  // The clock runs ahead of the disk here: that is no disk that hangs.
  const settings = { spacingMs: 0, gatherMs: 0, stallTimeoutMs: 1e9 }
  const around = { random: countedRandom(), logger }
  return { clock, log: await openLastingLog({ dir, clock, ...around, settings }) }
}

/** The next event needs the next bundle. */
async function fillBundle(log: AuditLog): Promise<void> {
  await Promise.all(names(256).map((name) => log.append(decided(name))))
}

/** Stands where the second bundle belongs, so that it cannot be written. */
function block(dir: string): Disposable {
  const path = join(dir, 'pending', '1')
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
  await vi.waitFor(async () => {
    clock.advance(5000)
    await log.append(decided('kept again'))
  })
  await log[Symbol.asyncDispose]()
  expect(await callIds(dir.path)).toEqual([...names(256), 'audit.resumed', 'kept again'])
  const resumed = (await readAll(dir.path))[256]?.event
  expect(resumed?.type === 'audit.resumed' && resumed.silentMs).toBeGreaterThanOrEqual(20_000)
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 258, fault: undefined })
  expect(clock.pendingCount).toBe(0)
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
  await vi.waitFor(() => {
    clock.advance(1000)
    expect(errors.filter((each) => each === inVain).length).toBeGreaterThan(1)
  })
  rmdirSync(obstacle)
  await vi.waitFor(async () => {
    clock.advance(5000)
    await log.append(decided('kept again'))
  })
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
