import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Period } from '../../src/domain/limits.ts'
import type { BudgetClaim } from '../../src/store/port.ts'
import { bench, home, key, leaseMs, type OpenLimiter, tenant } from './limiter-bench.ts'

const day: Period = { unit: 'day', name: '2026-01-05', endsAtMs: Date.UTC(2026, 0, 6) }
const month: Period = { unit: 'month', name: '2026-01', endsAtMs: Date.UTC(2026, 1, 1) }

const budget = (
  capMicros: number,
  reserveMicros: number,
  { owner = key, period = day, currency = 'USD' }: Partial<BudgetClaim> = {},
): BudgetClaim => ({ kind: 'budget', owner, period, currency, capMicros, reserveMicros })

/** What an adapter keeps to where money is counted. */
export function budgetContract(open: OpenLimiter): void {
  test('money is reserved up to the cap and not a micro beyond, and what is not spent comes back', async () => {
    await using b = await bench(open)
    const spent = () => b.limiter.spentMicros(home, budget(0, 0))
    expect(await b.taken([budget(100, 60)], 'a')).toBe(true)
    expect(await b.take([budget(100, 41)])).toMatchObject({
      claim: budget(100, 41),
      freesInMs: 12 * 3_600_000,
    })
    expect(await b.taken([budget(100, 40)], 'b')).toBe(true)
    await b.release('a', 25)
    await b.release('a', 0)
    expect(await spent()).toBe(65)
    await b.release('b')
    expect(await spent()).toBe(25)
  })

  test('a running call reserves more on all of its budgets or on none', async () => {
    await using b = await bench(open)
    const claims = [budget(100, 10), budget(50, 10, { owner: tenant, period: month })]
    expect(await b.taken(claims, 'a')).toBe(true)
    expect(await b.extend('a', 40)).toEqual({ taken: true })
    expect(await b.extend('a', 1)).toMatchObject({ taken: false, claim: claims[1] })
    expect(await b.limiter.spentMicros(home, budget(0, 0))).toBe(50)
    await b.release('a', 45)
    for (const claim of claims) expect(await b.limiter.spentMicros(home, claim)).toBe(45)
  })

  test('a budget that its calls may go beyond has a cap for their beginning alone', async () => {
    await using b = await bench(open)
    const open50 = { ...budget(50, 10), extendsBeyondCap: true }
    const claims = [open50, budget(100, 10, { owner: tenant })]
    expect(await b.taken(claims, 'a')).toBe(true)
    expect(await b.extend('a', 80)).toEqual({ taken: true })
    expect(await b.limiter.spentMicros(home, open50)).toBe(90)
    expect(await b.extend('a', 11)).toMatchObject({ taken: false, claim: claims[1] })
    expect(await b.taken([open50])).toBe(false)
  })

  test('each owner, currency and period is counted apart', async () => {
    await using b = await bench(open)
    const apart = [
      budget(10, 10),
      budget(10, 10, { owner: tenant }),
      budget(10, 10, { currency: 'EUR' }),
      budget(10, 10, { period: month }),
      budget(10, 10, { period: { ...day, name: '2026-01-06' } }),
    ]
    for (const claim of apart) expect(await b.taken([claim])).toBe(true)
    for (const claim of apart) expect(await b.taken([claim])).toBe(false)
  })

  test('the money of a call that nobody ends counts as spent, and a late end settles it', async () => {
    await using b = await bench(open)
    await b.take([budget(100, 60)], 'lost')
    b.clock.advance(leaseMs + 1)
    expect(await b.taken([budget(100, 41)])).toBe(false)
    await b.release('lost', 10)
    expect(await b.limiter.spentMicros(home, budget(0, 0))).toBe(10)
  })

  test('whatever calls do in whatever order, no cap is overshot by a micro', async () => {
    const call = fc.record({
      reserve: fc.integer({ min: 1, max: 400 }),
      extensions: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 3 }),
      spentShare: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), async (calls) => {
        await using b = await bench(open)
        const caps = [1000, 1500]
        const within = async () => {
          const sums = await Promise.all([
            b.limiter.spentMicros(home, budget(0, 0)),
            b.limiter.spentMicros(home, budget(0, 0, { owner: tenant, period: month })),
          ])
          for (const [at, cap] of caps.entries()) expect(sums[at]).toBeLessThanOrEqual(cap)
          return sums
        }
        let costs = 0
        const run = async (
          { reserve, extensions, spentShare }: (typeof calls)[number],
          id: string,
        ) => {
          const claims = [
            budget(1000, reserve),
            budget(1500, reserve, { owner: tenant, period: month }),
          ]
          if (!(await b.taken(claims, id))) return
          let reserved = reserve
          for (const more of extensions) {
            if ((await b.extend(id, more)).taken) reserved += more
            await within()
          }
          const cost = Math.floor(reserved * spentShare)
          costs += cost
          await b.release(id, cost)
        }
        await Promise.all(calls.map((each, at) => run(each, `call-${at}`)))
        expect(await within()).toEqual([costs, costs])
      }),
      { numRuns: 25 },
    )
  })
}
