import { expect, test } from 'vitest'
import type { Claim } from '../../src/store/port.ts'
import { bench, key, leaseMs, type OpenLimiter } from './limiter-bench.ts'

const yearsMs = 10 * 365 * 86_400_000
const rate: Claim = { kind: 'rate', owner: key, perSecondMax: 1, burst: 0 }
const slots: Claim = { kind: 'concurrency', owner: key, slotsMax: 1 }
const callee: Claim = {
  kind: 'callee',
  owner: key,
  e164: '+12025550188',
  window: '24h',
  attemptsMax: 1,
}

/** What a clock that was years ahead, and is right again, leaves behind. */
export function clockContract(open: OpenLimiter): void {
  test('what was counted by a clock of years ahead counts on when it is right, and comes to its end', async () => {
    await using b = await bench(open)
    b.clock.setWallBy(yearsMs)
    for (const claim of [rate, slots, callee]) expect(await b.taken([claim])).toBe(true)
    b.clock.setWallBy(-yearsMs)
    expect(await b.taken([slots])).toBe(false)
    expect(await b.taken([callee])).toBe(false)
    b.clock.advance(2_000)
    expect(await b.taken([rate])).toBe(true)
    b.clock.advance(leaseMs)
    expect(await b.taken([slots])).toBe(true)
    b.clock.advance(86_400_000 - leaseMs - 3_000)
    expect(await b.taken([callee])).toBe(false)
    b.clock.advance(3_001)
    expect(await b.taken([callee])).toBe(true)
  })

  test('a call that runs keeps its slot, however the clock jumps', async () => {
    await using b = await bench(open)
    await b.taken([slots], 'runs')
    for (const ms of [yearsMs, -yearsMs]) {
      b.clock.setWallBy(ms)
      await b.renew('runs')
      expect(await b.taken([slots])).toBe(false)
    }
    await b.release('runs')
    expect(await b.taken([slots])).toBe(true)
  })
}
