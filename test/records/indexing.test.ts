import { join } from 'node:path'
import { expect, test } from 'vitest'
import { usualRetention } from '../../src/domain/personal.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { IndexFile } from '../../src/records/index-file.ts'
import type { IndexedEntry } from '../../src/records/index-writer.ts'
import { keepIndex } from '../../src/records/indexing.ts'
import type { FromIndexing, RetainedTenants } from '../../src/records/thread.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { temporaryDirectory } from '../audit/support.ts'
import { january } from '../sealing/support.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { answeredCall, recordsOffice } from './support.ts'

const dayMs = 86_400_000
const yearMs = 365 * dayMs

/** A place with a log of one call of January, of which an index may be kept. */
function place() {
  const stack = new DisposableStack()
  const office = stack.use(recordsOffice())
  office.write(answeredCall('+12125550100', '+12125550199'))
  const { path: dir } = stack.use(temporaryDirectory())
  const log: readonly IndexedEntry[] = office.log
  return { dir, log, office, [Symbol.dispose]: () => stack.dispose() }
}

/** An index that is kept there, by a clock that can be set. */
function keeping(
  { dir, log }: ReturnType<typeof place>,
  clock: FakeClock,
  tenants: RetainedTenants = [],
) {
  const stack = new AsyncDisposableStack()
  const [keysPath, indexPath] = ['keys.sqlite', 'index.sqlite'].map((name) => join(dir, name))
  if (!keysPath || !indexPath) throw new Error('two paths')
  const keys = stack.use(
    new KeyFile({ path: keysPath, masterKey: undefined, random: systemRandom() }),
  )
  const ids = (['caller', 'callee', 'address'] as const).map((kind) => {
    return { tenant: 'acme', month: '2026-01', kind }
  })
  keys.ensure(ids)
  const told: FromIndexing[] = []
  const ending = new AbortController()
  const running = keepIndex(
    { auditDir: '', indexPath, keysPath, masterKey: undefined, tenants },
    {
      source: async function* entries(from, to = log.length) {
        yield log.slice(from, to)
      },
      clock,
      random: systemRandom(),
      tenants: () => tenants,
      tell: (message) => told.push(message),
    },
    ending.signal,
  )
  stack.defer(async () => {
    ending.abort()
    await running
  })
  return {
    keys,
    of: (kind: FromIndexing['kind']) => told.filter((message) => message.kind === kind),
    records: () => {
      using index = new IndexFile(indexPath)
      return Number(index.statement('SELECT count(*) AS n FROM call').get()?.n)
    },
    /** Lets time pass until it has looked again. */
    async look(ms = 1_000) {
      const before = told.length
      clock.advance(ms)
      while (told.length === before) await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('a clock that jumps years ahead destroys no key and no record, and goes on when it is right', async () => {
  const clock = new FakeClock(january)
  using at = place()
  await using kept = keeping(at, clock)
  await kept.look()
  clock.setWallBy(10 * yearMs)
  for (let day = 0; day < 3; day++) await kept.look(dayMs)
  expect([kept.keys.list().length, kept.records(), kept.of('gone')]).toEqual([3, 1, []])
  expect(kept.of('postponed').length).toBeGreaterThan(1)
  expect(kept.of('postponed')[0]).toMatchObject({ doubt: { why: 'jumped_far' } })
  clock.setWallBy(-10 * yearMs)
  await kept.look()
  await kept.look(dayMs)
  expect([kept.keys.list().length, kept.records(), kept.of('gone')]).toEqual([3, 1, []])
  expect(kept.keys.believedMs()).toBe(clock.now())
})

test('a gate that starts with a clock of years ahead destroys nothing before it has run for a day', async () => {
  const clock = new FakeClock(january + 4 * yearMs)
  using at = place()
  await using kept = keeping(at, clock)
  await kept.look()
  await kept.look(dayMs / 2)
  expect([kept.keys.list().length, kept.records(), kept.of('gone')]).toEqual([3, 1, []])
  expect(kept.of('postponed')[0]).toMatchObject({ doubt: { why: 'ahead' } })
  await kept.look(dayMs / 2)
  expect([kept.keys.list().length, kept.records()]).toEqual([0, 0])
})

test('the next start doubts a clock that has jumped before, whatever it has written into the log since', async () => {
  using at = place()
  const clock = new FakeClock(january)
  {
    await using kept = keeping(at, clock)
    await kept.look()
    clock.setWallBy(10 * yearMs)
    at.office.write(answeredCall('+12125550100', '+12125550199'), clock.now())
    await kept.look()
  }
  await using kept = keeping(at, clock)
  await kept.look()
  expect([kept.keys.list().length, kept.records(), kept.of('gone')]).toEqual([3, 2, []])
  expect(kept.of('postponed')[0]).toMatchObject({ doubt: { why: 'ahead' } })
})

test('what has had its time by a clock near the newest record ends at once', async () => {
  const clock = new FakeClock(january + 20 * dayMs)
  const retention = { ...usualRetention, addressMonths: 0 }
  using at = place()
  await using kept = keeping(at, clock, [{ id: 'acme', retention }])
  await kept.look()
  expect(kept.of('gone')).toEqual([
    { kind: 'gone', gone: [{ tenant: 'acme', kind: 'address', throughMonth: '2026-01' }] },
  ])
})

test('a gate that has nothing to lose believes its clock at once, and doubts it when it jumps', async () => {
  using at = place()
  at.office.log.length = 0
  const clock = new FakeClock(january)
  await using kept = keeping(at, clock)
  await kept.look()
  expect(kept.keys.believedMs()).toBe(clock.now())
  clock.setWallBy(10 * yearMs)
  for (let day = 0; day < 3; day++) await kept.look(dayMs)
  expect([kept.keys.list().length, kept.of('gone')]).toEqual([3, []])
  expect(kept.of('postponed')[0]).toMatchObject({ doubt: { why: 'jumped_far' } })
})
