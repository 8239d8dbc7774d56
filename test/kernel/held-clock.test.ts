import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ClockJump,
  heldClock,
  heldMs,
  settlingMs,
  stepMaxMs,
} from '../../src/kernel/held-clock.ts'
import { FakeClock } from '../support/fake-clock.ts'

const hourMs = 3_600_000
const yearMs = 365 * 24 * hourMs

/** A clock that has run for long enough to be held. */
function settled() {
  const clock = new FakeClock()
  const jumps: ClockJump[] = []
  const held = heldClock(clock, (jump) => jumps.push(jump))
  clock.advance(settlingMs)
  held.now()
  return { clock, jumps, held, right: () => clock.monotonic() }
}

test('steps of seconds are followed without a word', () => {
  const { clock, jumps, held } = settled()
  for (const ms of [2_000, -3_000, stepMaxMs, -stepMaxMs]) {
    clock.setWallBy(ms)
    expect(held.now()).toBe(clock.now())
  }
  expect(jumps).toEqual([])
})

test('a clock that is set back by hours is not followed, and time goes on meanwhile', () => {
  const { clock, jumps, held, right } = settled()
  clock.setWallBy(-5 * hourMs)
  expect(held.now()).toBe(right())
  clock.advance(heldMs / 2)
  expect(held.now()).toBe(right())
  expect(jumps).toEqual([
    { nowMs: right() - heldMs / 2 - 5 * hourMs, dueMs: right() - heldMs / 2, isHeld: true },
  ])
  clock.setWallBy(5 * hourMs)
  clock.advance(heldMs)
  expect(held.now()).toBe(right())
})

test('a clock that stays back for an hour is followed: then it was wrong before', () => {
  const { clock, held } = settled()
  clock.setWallBy(-5 * hourMs)
  held.now()
  clock.advance(heldMs - 1)
  expect(held.now()).toBeGreaterThan(clock.now())
  clock.advance(1)
  expect(held.now()).toBe(clock.now())
})

test('a jump years ahead is followed there and back', () => {
  const { clock, jumps, held, right } = settled()
  clock.setWallBy(10 * yearMs)
  expect(held.now()).toBe(clock.now())
  clock.advance(3 * hourMs)
  clock.setWallBy(-10 * yearMs + 2_000)
  expect(held.now()).toBe(right() + 2_000)
  expect(jumps.map(({ isHeld }) => isHeld)).toEqual([false, false])
})

test('a clock that was wrong at the start is followed at once, whichever way', () => {
  const clock = new FakeClock()
  const held = heldClock(clock, () => undefined)
  clock.setWallBy(-5 * hourMs)
  expect(held.now()).toBe(clock.now())
  clock.setWallBy(10 * yearMs)
  expect(held.now()).toBe(clock.now())
})

test('of jumps that follow each other closely the last is told in the end, too, and no more often', () => {
  const { clock, jumps, held, right } = settled()
  clock.setWallBy(2 * stepMaxMs)
  held.now()
  clock.advance(60_000)
  clock.setWallBy(-5 * hourMs)
  const dueMs = held.now()
  expect(dueMs).toBe(right() + 2 * stepMaxMs)
  expect(jumps.map(({ isHeld }) => isHeld)).toEqual([false])
  for (let minute = 0; minute < 30; minute++) {
    clock.advance(60_000)
    held.now()
  }
  expect(jumps.slice(1)).toEqual([{ nowMs: dueMs - 5 * hourMs, dueMs, isHeld: true }])
})

test('however the clock jumps within an hour, no moment that was told is ever further than a minute ahead of the next', () => {
  const step = fc.record({
    ms: fc.integer({ min: -5 * hourMs, max: -2 * stepMaxMs }),
    lastsMs: fc.integer({ min: 1, max: heldMs - 1 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const { clock, held } = settled()
      let last = held.now()
      for (const { ms, lastsMs } of steps) {
        clock.setWallBy(ms)
        for (const part of [0, lastsMs / 2, lastsMs / 2]) {
          clock.advance(part)
          const now = held.now()
          expect(now).toBeGreaterThanOrEqual(Math.floor(last) - stepMaxMs)
          last = now
        }
      }
    }),
  )
})
