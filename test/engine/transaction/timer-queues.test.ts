import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createTimerQueues,
  type TimerEvents,
} from '../../../src/engine/transaction/timer-queues.ts'
import type { Timer } from '../../../src/kernel/clock.ts'
import { FakeClock } from '../../support/fake-clock.ts'

test('each timer fires once, never early nor late by more than 1/32, in order of those as long', () => {
  const step = fc.record({ delayMs: fc.constantFrom(0, 500, 1000, 32_000), waitMs: fc.nat(700) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new FakeClock(0)
      const fired: { readonly delayMs: number; readonly dueMs: number }[] = []
      const wrong: number[] = []
      const queues = createTimerQueues<(typeof fired)[number], string>(
        clock,
        awaited((timer) => {
          fired.push(timer)
          const lateMs = clock.monotonic() - timer.dueMs
          if (lateMs < 0 || lateMs > Math.ceil(timer.delayMs / 32)) wrong.push(lateMs)
        }),
      )
      for (const { delayMs, waitMs } of steps) {
        queues.start(delayMs, { delayMs, dueMs: clock.monotonic() + delayMs }, 'timer')
        clock.advance(waitMs)
      }
      clock.advance(33_000)
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

test('timers that nobody awaits any more do not wake us', () => {
  const clock = new CountingClock(0)
  const fired: number[] = []
  const ended = new Set<number>()
  const queues = createTimerQueues<number, string>(clock, {
    fire: (subject) => fired.push(subject),
    isAwaited: (subject) => !ended.has(subject),
  })
  for (let at = 0; at < 1000; at++) {
    queues.start(500, at, 'timer')
    if (at > 0) ended.add(at - 1)
    clock.advance(20)
  }
  // 20 s in which each is awaited for 20 ms: one look at them in the time that is left of the 500.
  expect(clock.wakes).toBeLessThan(45)
  expect(fired).toEqual([])
  clock.advance(500)
  expect(fired).toEqual([999])
  expect(clock.pendingCount).toBe(0)
})

test('many timers of one delay cost one timer of the clock', () => {
  const clock = new FakeClock(0)
  const queues = createTimerQueues<number, string>(
    clock,
    awaited(() => undefined),
  )
  for (let at = 0; at < 5000; at++) queues.start(32_000, at, 'timer')
  expect(clock.pendingCount).toBe(1)
})

test('a timer with none before it fires to the millisecond, many in succession wake us seldom', () => {
  const clock = new FakeClock(0)
  const firedAt = new Set<number>()
  const queues = createTimerQueues<number, string>(
    clock,
    awaited(() => firedAt.add(clock.monotonic())),
  )
  for (let at = 0; at < 10_000; at++) {
    queues.start(32_000, at, 'timer')
    clock.advance(1)
  }
  clock.advance(33_000)
  expect([...firedAt][0]).toBe(32_000)
  expect(firedAt.size).toBe(11)
})

test('a timer started while others fire waits its own time', () => {
  const clock = new FakeClock(0)
  const firedAt: number[] = []
  const queues = createTimerQueues<number, string>(
    clock,
    awaited((round) => {
      firedAt.push(clock.monotonic())
      if (round < 3) queues.start(100, round + 1, 'again')
    }),
  )
  queues.start(100, 1, 'first')
  clock.advance(1000)
  expect(firedAt).toEqual([100, 200, 300])
})

test('a callback that throws does not keep the others from firing', () => {
  const clock = new FakeClock(0)
  const fired: number[] = []
  const queues = createTimerQueues<number, string>(
    clock,
    awaited((subject) => {
      fired.push(subject)
      if (subject === 1) throw new Error('broken')
    }),
  )
  for (const subject of [1, 2, 3]) queues.start(100, subject, 'timer')
  expect(() => clock.advance(100)).toThrow('broken')
  clock.advance(4)
  expect(fired).toEqual([1, 2, 3])
})

test('long use loses no timer, and closing ends them all', () => {
  const clock = new FakeClock(0)
  let fired = 0
  const queues = createTimerQueues<number, string>(
    clock,
    awaited(() => fired++),
  )
  for (let at = 0; at < 20_000; at++) {
    queues.start(3000, at, 'timer')
    clock.advance(1)
  }
  expect(fired).toBeGreaterThan(16_900)
  const before = fired
  queues.close()
  queues.start(3000, 0, 'timer')
  clock.advance(10_000)
  expect(fired).toBe(before)
  expect(clock.pendingCount).toBe(0)
})

function awaited<Subject>(fire: (subject: Subject) => void): TimerEvents<Subject, string> {
  return { fire, isAwaited: () => true }
}

class CountingClock extends FakeClock {
  wakes = 0

  override after(delayMs: number, run: () => void): Timer {
    return super.after(delayMs, () => {
      this.wakes += 1
      run()
    })
  }
}
