import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Claim, LimitOwner } from '../../src/store/port.ts'
import { budgetContract } from './budget-contract.ts'
import { carrierContract } from './carrier-contract.ts'
import { clockContract } from './clock-contract.ts'
import { bench, busiest, key, leaseMs, type OpenLimiter, tenant } from './limiter-bench.ts'
import { peekContract } from './peek-contract.ts'
import { useContract } from './use-contract.ts'
import { windowContract } from './window-contract.ts'

const rate = (perSecondMax: number, burst = 0, owner = key): Claim => ({
  kind: 'rate',
  owner,
  perSecondMax,
  burst,
})
const slots = (slotsMax: number, owner = key): Claim => ({ kind: 'concurrency', owner, slotsMax })
const daily = (callsMax: number, day = '2026-01-05', owner = key): Claim => ({
  kind: 'period',
  owner,
  callsMax,
  period: { unit: 'day', name: day, endsAtMs: Date.UTC(2026, 0, 6) },
})

/** What every adapter's limiter keeps to. `open` gives one without any history. */
export function limiterContract(adapter: string, open: OpenLimiter): void {
  describe(`the limiter of ${adapter}`, () => {
    rateContract(open)
    concurrencyContract(open)
    dailyContract(open)
    windowContract(open)
    budgetContract(open)
    peekContract(open)
    carrierContract(open)
    useContract(open)
    clockContract(open)
    wholeContract(open)
  })
}

function rateContract(open: OpenLimiter): void {
  test('five a second means five, and the sixth fits a second after the first', async () => {
    await using b = await bench(open)
    for (let call = 0; call < 5; call++) expect(await b.taken([rate(5)])).toBe(true)
    b.clock.advance(400)
    expect(await b.take([rate(5)])).toEqual({ taken: false, claim: rate(5), freesInMs: 600 })
    b.clock.advance(599)
    expect(await b.taken([rate(5)])).toBe(false)
    b.clock.advance(1)
    expect(await b.taken([rate(5)])).toBe(true)
  })

  test('a burst is had once, then the rate alone until it was quiet', async () => {
    await using b = await bench(open)
    const admitted: number[] = []
    for (let second = 0; second < 4; second++) {
      let count = 0
      for (let call = 0; call < 20; call++) if (await b.taken([rate(5, 3)])) count++
      admitted.push(count)
      b.clock.advance(1000)
    }
    expect(admitted).toEqual([8, 5, 5, 5])
    b.clock.advance(1000)
    for (let call = 0; call < 8; call++) expect(await b.taken([rate(5, 3)])).toBe(true)
    expect(await b.taken([rate(5, 3)])).toBe(false)
  })

  test('any n seconds hold at most n times the rate and the burst', async () => {
    const steps = fc.array(fc.nat({ max: 700 }), { minLength: 1, maxLength: 120 })
    const limits = fc.record({ perSecondMax: fc.integer({ min: 1, max: 7 }), burst: fc.nat(12) })
    await fc.assert(
      fc.asyncProperty(limits, steps, async ({ perSecondMax, burst }, gapsMs) => {
        await using b = await bench(open)
        const admittedMs: number[] = []
        for (const gapMs of gapsMs) {
          b.clock.advance(gapMs % 3 === 0 ? 0 : gapMs)
          if (await b.taken([rate(perSecondMax, burst)])) admittedMs.push(b.clock.now())
        }
        for (const seconds of [1, 2, 5]) {
          const most = busiest(admittedMs, seconds * 1000)
          expect(most).toBeLessThanOrEqual(seconds * perSecondMax + burst)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('the time told is the time after which it fits, and not a millisecond more', async () => {
    const limits = fc.record({ perSecondMax: fc.integer({ min: 1, max: 5 }), burst: fc.nat(6) })
    await fc.assert(
      fc.asyncProperty(limits, fc.array(fc.nat(300)), async ({ perSecondMax, burst }, gapsMs) => {
        await using b = await bench(open)
        for (const gapMs of gapsMs) {
          b.clock.advance(gapMs)
          await b.take([rate(perSecondMax, burst)])
        }
        for (let call = 0; call < 12; call++) {
          const result = await b.take([rate(perSecondMax, burst)])
          if (result.taken) continue
          const freesInMs = Math.ceil(result.freesInMs ?? 0)
          b.clock.advance(freesInMs - 1)
          expect(await b.taken([rate(perSecondMax, burst)])).toBe(false)
          b.clock.advance(1)
          expect(await b.taken([rate(perSecondMax, burst)])).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('a limit that changes neither forgets nor doubles what was admitted', async () => {
    await using b = await bench(open)
    for (let call = 0; call < 3; call++) expect(await b.taken([rate(3)])).toBe(true)
    expect(await b.taken([rate(4)])).toBe(true)
    expect(await b.taken([rate(4)])).toBe(false)
    expect(await b.taken([rate(2)])).toBe(false)
    b.clock.advance(1000)
    expect(await b.taken([rate(2)])).toBe(true)
  })

  test('a rate below one lets nothing through', async () => {
    await using b = await bench(open)
    for (const none of [0, -1, 0.5, Number.NaN]) {
      expect(await b.take([rate(none, 5)])).toMatchObject({ taken: false, freesInMs: undefined })
    }
  })
}

function concurrencyContract(open: OpenLimiter): void {
  test('slots are counted, given back once, and never below zero', async () => {
    await using b = await bench(open)
    const first = await b.take([slots(2)], 'a')
    expect(await b.taken([slots(2)], 'b')).toBe(true)
    expect(await b.take([slots(2)], 'c')).toEqual({
      taken: false,
      claim: slots(2),
      freesInMs: undefined,
    })
    if (first.taken) await first.leases[Symbol.asyncDispose]()
    if (first.taken) await first.leases[Symbol.asyncDispose]()
    await b.release('a')
    await b.release('never seen')
    expect(await b.running(key)).toBe(1)
    expect(await b.taken([slots(2)], 'd')).toBe(true)
    expect(await b.taken([slots(2)], 'e')).toBe(false)
  })

  test('a lease that is not renewed is void at its time, one that is renewed is not', async () => {
    await using b = await bench(open)
    await b.take([slots(2)], 'left')
    await b.take([slots(2)], 'kept')
    b.clock.advance(leaseMs - 1)
    await b.renew('kept', 'never seen')
    expect(await b.running(key)).toBe(2)
    b.clock.advance(1)
    expect(await b.running(key)).toBe(1)
    b.clock.advance(leaseMs - 1)
    expect(await b.running(key)).toBe(0)
  })

  test('a lease that lapsed while its call went on counts again, above the limit if need be', async () => {
    await using b = await bench(open)
    await b.take([slots(1)], 'late')
    b.clock.advance(leaseMs)
    expect(await b.taken([slots(1)], 'next')).toBe(true)
    await b.renew('late')
    expect(await b.running(key)).toBe(2)
    await b.release('next')
    expect(await b.taken([slots(1)], 'another')).toBe(false)
    await b.release('late')
    expect(await b.taken([slots(1)], 'another')).toBe(true)
  })

  test('a renewal that crosses the release revives nothing', async () => {
    await using b = await bench(open)
    await b.take([slots(1)], 'a')
    await Promise.all([b.release('a'), b.renew('a')])
    b.clock.advance(leaseMs)
    await b.renew('a')
    expect(await b.running(key)).toBe(0)
  })

  test('under any order of takes, releases, renewals and time, slots stay within 0 and the limit', async () => {
    const id = fc.integer({ min: 0, max: 6 }).map((n) => `call-${n}`)
    const step = fc.oneof(
      fc.record({ do: fc.constant('take' as const), id }),
      fc.record({ do: fc.constant('release' as const), id }),
      fc.record({ do: fc.constant('renew' as const), id }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(leaseMs) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        await using b = await bench(open)
        const expiries = new Map<string, number>()
        const held = new Set<string>()
        for (const now of steps) {
          if (now.do === 'wait') b.clock.advance(now.ms)
          for (const [id, atMs] of expiries) if (atMs <= b.clock.now()) expiries.delete(id)
          if (now.do === 'release') {
            await b.release(now.id)
            expiries.delete(now.id)
            held.delete(now.id)
          }
          if (now.do === 'renew') {
            await b.renew(now.id)
            if (held.has(now.id)) expiries.set(now.id, b.clock.now() + leaseMs)
          }
          if (now.do === 'take') {
            const fits = expiries.has(now.id) || expiries.size < 3
            expect(await b.taken([slots(3)], now.id)).toBe(fits)
            if (fits && !expiries.has(now.id)) expiries.set(now.id, b.clock.now() + leaseMs)
            if (fits) held.add(now.id)
          }
          expect(await b.running(key)).toBe(expiries.size)
        }
      }),
      { numRuns: 60 },
    )
  })
}

function dailyContract(open: OpenLimiter): void {
  test('the calls of a day are used up, and the next day has its own', async () => {
    await using b = await bench(open)
    expect(await b.taken([daily(2)])).toBe(true)
    expect(await b.taken([daily(2)])).toBe(true)
    expect(await b.take([daily(2)])).toEqual({
      taken: false,
      claim: daily(2),
      freesInMs: 12 * 3600 * 1000,
    })
    expect(await b.taken([daily(2, '2026-01-06')])).toBe(true)
    expect(await b.taken([daily(2)])).toBe(false)
  })

  test('a call that ends does not give its count of the day back', async () => {
    await using b = await bench(open)
    await b.take([daily(1)], 'a')
    await b.release('a')
    expect(await b.taken([daily(1)], 'a')).toBe(false)
  })

  test('a key and a tenant of one name are counted apart', async () => {
    await using b = await bench(open)
    const same: LimitOwner = { level: 'tenant', id: key.id }
    expect(await b.taken([daily(1), slots(1), rate(1)])).toBe(true)
    expect(await b.taken([daily(1, '2026-01-05', same), slots(1, same), rate(1, 0, same)])).toBe(
      true,
    )
  })
}

function wholeContract(open: OpenLimiter): void {
  const all = (owner: LimitOwner, max: number): Claim[] => [
    rate(max, 0, owner),
    slots(max, owner),
    daily(max, '2026-01-05', owner),
  ]

  test('whichever claim fails, nothing of the others is kept', async () => {
    const spoilers = [rate(0, 0, tenant), slots(0, tenant), daily(0, '2026-01-05', tenant)]
    for (const spoiler of spoilers) {
      await using b = await bench(open)
      for (let tries = 0; tries < 3; tries++) {
        expect(await b.take([...all(key, 1), spoiler])).toMatchObject({ claim: spoiler })
        expect(await b.take([spoiler, ...all(key, 1)])).toMatchObject({ claim: spoiler })
      }
      expect(await b.running(key)).toBe(0)
      expect(await b.taken(all(key, 1))).toBe(true)
    }
  })

  test('the first claim that fails, in the order given, is the one named', async () => {
    await using b = await bench(open)
    const claims = [...all(key, 5), slots(0, tenant), rate(0, 0, tenant)]
    expect(await b.take(claims)).toMatchObject({ taken: false, claim: slots(0, tenant) })
  })

  test('of any number at the same moment exactly as many are admitted as fit', async () => {
    const numbers = fc.record({ simultaneous: fc.integer({ min: 1, max: 40 }), max: fc.nat(30) })
    await fc.assert(
      fc.asyncProperty(numbers, async ({ simultaneous, max }) => {
        for (const claim of [rate(max), slots(max), daily(max)]) {
          await using b = await bench(open)
          const takes = Array.from({ length: simultaneous }, () => b.taken([claim]))
          const admitted = (await Promise.all(takes)).filter(Boolean)
          expect(admitted).toHaveLength(Math.min(simultaneous, max))
        }
      }),
      { numRuns: 20 },
    )
  })

  test('taking again for a call that holds leases counts nothing again', async () => {
    await using b = await bench(open)
    const first = await b.take(all(key, 1), 'same')
    const again = await b.take(all(key, 1), 'same')
    expect(again).toMatchObject({ taken: true, leases: { callId: 'same' } })
    expect(await b.running(key)).toBe(1)
    if (again.taken) await again.leases[Symbol.asyncDispose]()
    expect(first.taken && (await b.running(key))).toBe(0)
  })

  test('a call without any claim is admitted and holds a lease', async () => {
    await using b = await bench(open)
    expect(await b.take([], 'free')).toMatchObject({ taken: true, leases: { callId: 'free' } })
  })
}
