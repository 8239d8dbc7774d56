import { expect, test } from 'vitest'
import type { Claim, LimitOwner } from '../../src/store/port.ts'
import { bench, type OpenLimiter } from './limiter-bench.ts'

const carrier: LimitOwner = { level: 'carrier', id: 'c1' }
const gateway: LimitOwner = { level: 'gateway', id: 'c1-east' }
const west: LimitOwner = { level: 'gateway', id: 'c1-west' }
const day = { unit: 'day', name: '2026-01-05', endsAtMs: Date.UTC(2026, 0, 6) } as const
const home = { level: 'carrier', id: 'c1' } as const

const daily = (owner: LimitOwner, callsMax: number): Claim => ({
  kind: 'period',
  owner,
  period: day,
  callsMax,
})
const callee = (owner: LimitOwner, attemptsMax: number): Claim => ({
  kind: 'callee',
  owner,
  e164: '+12025550123',
  window: '24h',
  attemptsMax,
})
const money = (owner: LimitOwner, capMicros: number): Claim => ({
  kind: 'budget',
  owner,
  period: day,
  currency: 'EUR',
  capMicros,
  reserveMicros: 10,
})

/** What every adapter's limiter keeps to where a carrier and one of its gateways are asked. */
export function carrierContract(open: OpenLimiter): void {
  test("a carrier's day, callees and money are all its gateways'", async () => {
    for (const of of [daily, callee]) {
      await using b = await bench(open, home)
      expect(await b.taken([of(carrier, 2), of(gateway, 5)])).toBe(true)
      expect(await b.taken([of(carrier, 2), of(west, 5)])).toBe(true)
      expect(await b.take([of(carrier, 2), of(gateway, 5)])).toMatchObject({
        taken: false,
        claim: { owner: carrier },
      })
    }
    await using b = await bench(open, home)
    expect(await b.taken([money(carrier, 20), money(gateway, 100)])).toBe(true)
    expect(await b.taken([money(carrier, 20), money(west, 100)])).toBe(true)
    expect(await b.taken([money(carrier, 20), money(west, 100)])).toBe(false)
  })

  test('a gateway that is full takes nothing of its carrier', async () => {
    for (const of of [daily, callee, money]) {
      await using b = await bench(open, home)
      for (let tries = 0; tries < 3; tries++) {
        expect(await b.take([of(carrier, 10), of(gateway, 0)])).toMatchObject({
          taken: false,
          claim: { owner: gateway },
        })
      }
      expect(await b.taken([of(carrier, 10), of(west, 10)])).toBe(true)
    }
  })
}
