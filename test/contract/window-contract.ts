import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Claim } from '../../src/store/port.ts'
import { bench, busiest, key, type OpenLimiter } from './limiter-bench.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

const minute = (callsMax: number): Claim => ({
  kind: 'window',
  owner: key,
  window: 'minute',
  callsMax,
})
const hour = (callsMax: number): Claim => ({ kind: 'window', owner: key, window: 'hour', callsMax })
const callee = (
  attemptsMax: number,
  window: '24h' | '30d' = '24h',
  e164 = '+12025550188',
): Claim => ({
  kind: 'callee',
  owner: key,
  e164,
  window,
  attemptsMax,
})

/** What an adapter keeps to in minutes, hours, and attempts per called number. */
export function windowContract(open: OpenLimiter): void {
  test('any minute and any hour hold no call too many, and what is told of the wait holds', async () => {
    const gaps = fc.array(fc.nat({ max: 9_000 }), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), gaps, async (callsMax, gapsMs) => {
        for (const [claim, windowMs] of [
          [minute(callsMax), minuteMs],
          [hour(callsMax), hourMs],
        ] as const) {
          await using b = await bench(open)
          const admittedMs: number[] = []
          for (const gapMs of gapsMs) {
            b.clock.jump((gapMs * windowMs) / minuteMs)
            const result = await b.take([claim])
            if (result.taken) admittedMs.push(b.clock.now())
            else {
              expect(result.freesInMs).toBeGreaterThan(0)
              b.clock.jump(result.freesInMs ?? 0)
              expect(await b.taken([claim])).toBe(true)
              admittedMs.push(b.clock.now())
            }
          }
          expect(busiest(admittedMs, windowMs)).toBeLessThanOrEqual(callsMax)
        }
      }),
      { numRuns: 15 },
    )
  })

  test('a place in a window comes back a sixtieth of it late at most', async () => {
    await using b = await bench(open)
    b.clock.jump(500)
    expect(await b.taken([minute(1), hour(2)])).toBe(true)
    expect(await b.take([minute(1)])).toMatchObject({ claim: minute(1), freesInMs: 60_500 })
    b.clock.jump(60_499)
    expect(await b.taken([minute(1)])).toBe(false)
    b.clock.jump(1)
    expect(await b.taken([minute(1), hour(2)])).toBe(true)
    expect(await b.take([minute(5), hour(2)])).toMatchObject({ taken: false, claim: hour(2) })
  })

  test('attempts to one number are counted for exactly 24 hours and 30 days, other numbers apart', async () => {
    await using b = await bench(open)
    const both = [callee(2), callee(3, '30d')]
    expect(await b.taken(both)).toBe(true)
    b.clock.jump(hourMs)
    expect(await b.taken(both)).toBe(true)
    expect(await b.take(both)).toEqual({
      taken: false,
      claim: callee(2),
      freesInMs: 23 * hourMs,
    })
    expect(await b.taken([callee(2, '24h', '+12025550189')])).toBe(true)
    b.clock.jump(23 * hourMs)
    expect(await b.taken(both)).toBe(true)
    b.clock.jump(2 * dayMs)
    expect(await b.take(both)).toEqual({
      taken: false,
      claim: callee(3, '30d'),
      freesInMs: 27 * dayMs,
    })
    b.clock.jump(27 * dayMs)
    expect(await b.taken(both)).toBe(true)
  })

  test('of attempts to one number at the same moment as many are admitted as fit', async () => {
    await using b = await bench(open)
    const takes = Array.from({ length: 10 }, () => b.taken([callee(3), minute(100)]))
    expect((await Promise.all(takes)).filter(Boolean)).toHaveLength(3)
    expect(await b.taken([callee(0)])).toBe(false)
  })
}
