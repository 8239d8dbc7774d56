import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTimerQueues } from '../../../src/engine/transaction/timer-queues.ts'
import { FakeClock } from '../../support/fake-clock.ts'

test('each timer fires once, never early nor late by more than 1/128, in order of those as long', () => {
  const step = fc.record({ delayMs: fc.constantFrom(0, 500, 1000, 32_000), waitMs: fc.nat(700) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new FakeClock(0)
      const fired: { readonly delayMs: number; readonly dueMs: number }[] = []
      const wrong: number[] = []
      const queues = createTimerQueues<(typeof fired)[number], string>(clock, (timer) => {
        fired.push(timer)
        const lateMs = clock.monotonic() - timer.dueMs
        if (lateMs < 0 || lateMs > Math.ceil(timer.delayMs / 128)) wrong.push(lateMs)
      })
      for (const { delayMs, waitMs } of steps) {
        queues.start(delayMs, { delayMs, dueMs: clock.monotonic() + delayMs }, 'timer')
        clock.advance(waitMs)
      }
      clock.advance(32_250)
      expect(wrong).toEqual([])
      expect(fired.length).toBe(steps.length)
      for (const asLong of Object.values(Object.groupBy(fired, ({ delayMs }) => delayMs))) {
        const dueMs = asLong?.map((timer) => timer.dueMs) ?? []
        expect(dueMs).toEqual([...dueMs].sort((a, b) => a - b))
      }
      expect(clock.pendingCount).toBe(0)
    }),
  )
})

test('many timers of one delay cost one timer of the clock', () => {
  const clock = new FakeClock(0)
  const queues = createTimerQueues<number, string>(clock, () => undefined)
  for (let at = 0; at < 5000; at++) queues.start(32_000, at, 'timer')
  expect(clock.pendingCount).toBe(1)
})

test('a timer with none before it fires to the millisecond, many in succession wake us seldom', () => {
  const clock = new FakeClock(0)
  const firedAt = new Set<number>()
  const queues = createTimerQueues<number, string>(clock, () => firedAt.add(clock.monotonic()))
  for (let at = 0; at < 10_000; at++) {
    queues.start(32_000, at, 'timer')
    clock.advance(1)
  }
  clock.advance(32_250)
  expect([...firedAt][0]).toBe(32_000)
  expect(firedAt.size).toBe(41)
})

test('a timer started while others fire waits its own time', () => {
  const clock = new FakeClock(0)
  const firedAt: number[] = []
  const queues = createTimerQueues<number, string>(clock, (round) => {
    firedAt.push(clock.monotonic())
    if (round < 3) queues.start(100, round + 1, 'again')
  })
  queues.start(100, 1, 'first')
  clock.advance(1000)
  expect(firedAt).toEqual([100, 200, 300])
})

test('a callback that throws does not keep the others from firing', () => {
  const clock = new FakeClock(0)
  const fired: number[] = []
  const queues = createTimerQueues<number, string>(clock, (subject) => {
    fired.push(subject)
    if (subject === 1) throw new Error('broken')
  })
  for (const subject of [1, 2, 3]) queues.start(100, subject, 'timer')
  expect(() => clock.advance(100)).toThrow('broken')
  clock.advance(1)
  expect(fired).toEqual([1, 2, 3])
})

test('long use loses no timer, and closing ends them all', () => {
  const clock = new FakeClock(0)
  let fired = 0
  const queues = createTimerQueues<number, string>(clock, () => fired++)
  for (let at = 0; at < 20_000; at++) {
    queues.start(3000, at, 'timer')
    clock.advance(1)
  }
  expect(fired).toBeGreaterThan(16_970)
  const before = fired
  queues.close()
  queues.start(3000, 0, 'timer')
  clock.advance(10_000)
  expect(fired).toBe(before)
  expect(clock.pendingCount).toBe(0)
})
