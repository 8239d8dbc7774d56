import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GroupCommit, type GroupSettings, type Urgency } from '../../src/audit/group-commit.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { FakeClock } from '../support/fake-clock.ts'

const settings: GroupSettings = {
  spacingMs: 4,
  gatherMs: 20,
  unawaitedMs: 30,
  waitingRecordsMax: 3,
  waitingBytesMax: 1000,
  stallTimeoutMs: 100,
}

/** A disk that a test lets go on by hand. */
function setUp(changed: Partial<GroupSettings> = {}) {
  const clock = new FakeClock()
  const writes: { text: string; done: PromiseWithResolvers<void> }[] = []
  const groups = new GroupCommit(
    (leaves) => {
      const done = Promise.withResolvers<void>()
      writes.push({ text: Buffer.concat(leaves).toString(), done })
      return done.promise
    },
    { ...settings, ...changed },
    { clock, logger: silentLogger },
  )
  const add = (text: string, urgency: Urgency = 'soon') =>
    groups.add(() => Buffer.from(text), urgency)
  const finish = async (index: number) => {
    writes[index]?.done.resolve()
    await clock.advanceAsync(0)
  }
  return { clock, writes, groups, add, finish }
}

test('what arrives during a write goes into the next one, all together and in order', async () => {
  const { clock, writes, add, finish } = setUp()
  const order: string[] = []
  for (const line of ['a', 'b', 'c']) void add(line).then(() => order.push(line))
  expect(writes.map((write) => write.text)).toEqual(['a'])
  clock.advance(10)
  expect(writes).toHaveLength(1)
  await finish(0)
  expect(order).toEqual(['a'])
  expect(writes.map((write) => write.text)).toEqual(['a', 'bc'])
  await finish(1)
  expect(order).toEqual(['a', 'b', 'c'])
})

test('a quiet log writes a decision at once, a busy one every spacing', async () => {
  const { clock, writes, add, finish } = setUp()
  void add('a')
  await finish(0)
  void add('b')
  expect(writes).toHaveLength(1)
  clock.advance(3)
  expect(writes).toHaveLength(1)
  clock.advance(1)
  expect(writes).toHaveLength(2)
})

test('a record that may be written later waits for company, but not longer than it may', async () => {
  const { clock, writes, add, finish } = setUp()
  void add('a', 'later')
  clock.advance(19)
  expect(writes).toHaveLength(0)
  clock.advance(1)
  expect(writes.map((write) => write.text)).toEqual(['a'])
  await finish(0)
  clock.advance(50)
  void add('b', 'later')
  void add('c', 'soon')
  expect(writes.map((write) => write.text)).toEqual(['a', 'bc'])
  await finish(1)
  void add('d', 'unawaited')
  clock.advance(29)
  expect(writes).toHaveLength(2)
  clock.advance(1)
  expect(writes.map((write) => write.text)).toEqual(['a', 'bc', 'd'])
  await finish(2)
  expect(clock.pendingCount).toBe(0)
})

test('what waits for company is written at once when it is hurried, or when the disk is free', async () => {
  const { clock, writes, groups, add, finish } = setUp()
  groups.hurry()
  void add('a')
  void add('b')
  groups.hurry()
  expect(writes.map((write) => write.text)).toEqual(['a'])
  await finish(0)
  expect(writes.map((write) => write.text)).toEqual(['a', 'b'])
  await finish(1)
  void add('c', 'later')
  expect(writes).toHaveLength(2)
  groups.hurry()
  expect(writes.map((write) => write.text)).toEqual(['a', 'b', 'c'])
  await finish(2)
  expect(clock.pendingCount).toBe(0)
})

test('what is to be written now needs no timer, also behind a write', async () => {
  const { clock, writes, add, finish } = setUp()
  void add('a', 'now')
  void add('b', 'now')
  await finish(0)
  expect(writes.map((write) => write.text)).toEqual(['a', 'b'])
  await finish(1)
  void add('c', 'now')
  expect(writes).toHaveLength(3)
  await finish(2)
  expect(clock.pendingCount).toBe(0)
})

test('no more records wait than may', async () => {
  const { groups, add, finish } = setUp()
  void add('in the disk')
  for (const line of ['a', 'b', 'c']) {
    expect(groups.refusal()).toBeUndefined()
    void add(line)
  }
  expect(groups.refusal()).toMatchObject({ code: 'audit_unavailable' })
  await finish(0)
  expect(groups.refusal()).toMatchObject({ code: 'audit_unavailable' })
})

test('room is there again once the waiting ones are in the disk', async () => {
  const { clock, groups, add, finish } = setUp()
  for (const line of ['in the disk', 'a', 'b', 'c']) void add(line)
  clock.advance(4)
  await finish(0)
  expect(groups.refusal()).toBeUndefined()
})

test('long records use up the room too', () => {
  const { groups, add } = setUp({ waitingRecordsMax: 1000 })
  void add('in the disk')
  for (let at = 0; at < 64; at++) void add('x'.repeat(16))
  expect(groups.refusal()).toMatchObject({ code: 'audit_unavailable' })
})

test('a record that has no bytes is refused alone and leaves no gap', async () => {
  const { clock, writes, groups, add, finish } = setUp({ waitingRecordsMax: 10 })
  void add('a')
  const before = add('b')
  const unspeakable = groups.add(() => {
    throw new TypeError('not JSON')
  }, 'soon')
  const after = add('c')
  clock.advance(4)
  await finish(0)
  expect(writes.map((write) => write.text)).toEqual(['a', 'bc'])
  await finish(1)
  await Promise.all([before, after])
  await expect(unspeakable).rejects.toMatchObject({ code: 'audit_unavailable' })
  expect(groups.refusal()).toBeUndefined()
})

test('bytes of records are asked for when they are written, each once', async () => {
  const { clock, groups, finish } = setUp({ waitingRecordsMax: 10 })
  const asked: string[] = []
  const add = (text: string) =>
    groups.add(() => {
      asked.push(text)
      return Buffer.from(text)
    }, 'later')
  void add('a')
  void add('b')
  clock.advance(19)
  expect(asked).toEqual([])
  clock.advance(1)
  await finish(0)
  expect(asked).toEqual(['a', 'b'])
})

test('after a failed write everything is refused, also what waited', async () => {
  const { writes, groups, add } = setUp()
  const first = add('a')
  const second = add('b')
  writes[0]?.done.reject(new Error('no space left'))
  await expect(first).rejects.toMatchObject({ code: 'audit_unavailable' })
  await expect(second).rejects.toMatchObject({ code: 'audit_unavailable' })
  expect(groups.refusal()).toMatchObject({ code: 'audit_unavailable' })
  expect(writes).toHaveLength(1)
})

test('a write that hangs has failed, and stays failed when it returns after all', async () => {
  const { clock, groups, add, finish } = setUp()
  const first = add('a')
  clock.advance(100)
  await expect(first).rejects.toMatchObject({ code: 'audit_unavailable' })
  await groups.close()
  expect(groups.hangs).toBe(true)
  await finish(0)
  expect(groups.hangs).toBe(false)
  expect(groups.refusal()).toMatchObject({ code: 'audit_unavailable' })
  expect(clock.pendingCount).toBe(0)
})

test('closing writes what waits, then takes nothing more', async () => {
  const { clock, writes, groups, add, finish } = setUp()
  void add('a')
  const last = add('b', 'later')
  const closed = groups.close()
  expect(groups.refusal()).toMatchObject({ code: 'audit_unavailable' })
  await finish(0)
  await finish(1)
  await closed
  await last
  expect(writes.map((write) => write.text)).toEqual(['a', 'b'])
  expect(clock.pendingCount).toBe(0)
})

const action = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Urgency>('now', 'soon', 'later', 'unawaited') },
  { weight: 1, arbitrary: fc.constant('unspeakable' as const) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 3, arbitrary: fc.constant('finish' as const) },
  { weight: 1, arbitrary: fc.constant('hurry' as const) },
)

/** Longest wait of a record while the disk has nothing to do. */
const patienceMs = {
  now: 0,
  soon: settings.spacingMs,
  later: settings.gatherMs,
  unawaited: settings.unawaitedMs,
}

test('whatever comes when: one write at a time, each record once and in order, and none told of before its write has ended', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.boolean(), async (actions, fails) => {
      const { clock, writes, groups, finish } = setUp({
        waitingRecordsMax: 100,
        stallTimeoutMs: 1e6,
      })
      const added: { name: string; dueMs: number }[] = []
      const [kept, lost]: [string[], string[]] = [[], []]
      let ended = 0
      const check = () => {
        expect(writes.length - ended).toBeLessThanOrEqual(1)
        const written = writes.map(({ text }) => text).join('')
        const all = added.map(({ name }) => name).join('')
        expect(all.startsWith(written)).toBe(true)
        const done = writes.slice(0, ended).map(({ text }) => text)
        expect(kept.join('')).toBe(done.join(''))
        const [next] = added.slice(written.length / 2)
        if (writes.length === ended && next) expect(next.dueMs).toBeGreaterThan(clock.monotonic())
      }
      for (const each of actions) {
        if (typeof each === 'number') for (let ms = 0; ms < each; ms++) clock.advance(1)
        else if (each === 'finish') {
          if (writes.length > ended) await finish(ended++)
        } else if (each === 'hurry') {
          for (const before of added) before.dueMs = Math.min(before.dueMs, clock.monotonic())
          groups.hurry()
        } else if (each === 'unspeakable') {
          const refused = groups.add(() => {
            throw new TypeError('not JSON')
          }, 'later')
          refused.catch(() => lost.push('unspeakable'))
        } else {
          const name = String(added.length).padStart(2, '0')
          const dueMs = clock.monotonic() + patienceMs[each]
          // What is due first takes with it what came before.
          for (const before of added) before.dueMs = Math.min(before.dueMs, dueMs)
          added.push({ name, dueMs })
          groups
            .add(() => Buffer.from(name), each)
            .then(
              () => kept.push(name),
              () => lost.push(name),
            )
        }
        await clock.advanceAsync(0)
        check()
      }
      if (!fails) return
      groups.fail(new Error('no space left'))
      await clock.advanceAsync(0)
      expect(kept.length + lost.filter((name) => name !== 'unspeakable').length).toBe(added.length)
      expect(groups.refusal()).toBeDefined()
    }),
  )
})
