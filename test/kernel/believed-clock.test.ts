import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BelievedClock, doubtOf, partedMaxMs, provingMs } from '../../src/kernel/believed-clock.ts'
import { FakeClock } from '../support/fake-clock.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
const yearMs = 365 * dayMs

test('a clock near what was believed last is believed at once, one that is far from it is not', () => {
  expect(doubtOf(1000 * dayMs, 970 * dayMs)).toBeUndefined()
  expect(doubtOf(1000 * dayMs, 968 * dayMs)).toMatchObject({ why: 'ahead' })
  expect(doubtOf(1000 * dayMs, 1000.5 * dayMs)).toBeUndefined()
  expect(doubtOf(1000 * dayMs, 1002 * dayMs)).toMatchObject({ why: 'behind' })
  expect(doubtOf(1000 * dayMs, undefined)).toMatchObject({ why: 'unknown' })
})

test('a gate that was off for long believes its clock after a day of running', () => {
  const clock = new FakeClock()
  const retention = new BelievedClock(clock, clock.now() - 90 * dayMs)
  expect(retention.look().doubt).toMatchObject({ why: 'ahead', leftMs: provingMs })
  clock.advance(provingMs - minuteMs)
  expect(retention.look().doubt).toMatchObject({ leftMs: minuteMs })
  clock.advance(minuteMs)
  expect(retention.look()).toEqual({ nowMs: clock.now(), doubt: undefined })
})

test('a clock that jumps years ahead is never believed by itself, unless it comes back or somebody says so', () => {
  const clock = new FakeClock()
  let remembered = clock.now()
  const retention = new BelievedClock(clock, clock.now(), () => remembered)
  expect(retention.look().doubt).toBeUndefined()
  clock.setWallBy(10 * yearMs)
  expect(retention.look().doubt).toMatchObject({ why: 'jumped_far' })
  clock.advance(10 * dayMs)
  expect(retention.look().doubt).toMatchObject({ why: 'jumped_far', leftMs: undefined })
  clock.setWallBy(-10 * yearMs)
  expect(retention.look().doubt).toMatchObject({ why: 'jumped', leftMs: provingMs })
  clock.advance(provingMs)
  expect(retention.look().doubt).toBeUndefined()
  clock.setWallBy(10 * yearMs)
  expect(retention.look().doubt).toMatchObject({ why: 'jumped_far' })
  remembered = clock.now()
  expect(retention.look().doubt).toBeUndefined()
})

test('whatever the clock jumps by, for less than a day at a time, it is believed only while it is right', () => {
  const wrong = fc.integer({ min: 3, max: 20_000 }).map((days) => days * dayMs)
  const error = fc.oneof(
    fc.constant(0),
    wrong,
    wrong.map((ms) => -ms),
  )
  // How long it lasts, minutes, and how often it is looked at meanwhile.
  const step = fc.record({ error, minutes: fc.integer({ min: 1, max: 1_300 }), looks: fc.nat(4) })
  const lives = fc.array(step, { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(lives, (steps) => {
      const clock = new FakeClock(Date.UTC(2026, 0, 5))
      const retention = new BelievedClock(clock, clock.now())
      let now = 0
      let last = 0
      for (const { error: next, minutes, looks } of steps) {
        // Errors that follow each other differ, or they would be one that lasts longer.
        if (next !== 0 && Math.abs(next - last) <= 2 * partedMaxMs) continue
        clock.setWallBy(next - now)
        now = next
        last = next
        for (let look = 0; look <= looks; look++) {
          const { doubt } = retention.look()
          if (now !== 0) expect(doubt).toBeDefined()
          clock.advance((minutes * minuteMs) / (looks + 1))
        }
      }
      clock.setWallBy(-now)
      retention.look()
      clock.advance(provingMs)
      expect(retention.look().doubt).toBeUndefined()
    }),
  )
})

test('an hour that a machine sleeps, and steps of seconds, are no jump', () => {
  const clock = new FakeClock()
  const retention = new BelievedClock(clock, clock.now())
  for (const ms of [3_600_000, -2_000, 1_500]) {
    clock.setWallBy(ms)
    expect(retention.look().doubt).toBeUndefined()
  }
})
