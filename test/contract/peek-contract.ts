import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import type { Claim } from '../../src/store/port.ts'
import { bench, home, key, leaseMs, type OpenLimiter, tenant } from './limiter-bench.ts'

const day = { unit: 'day', name: '2026-01-05', endsAtMs: Date.UTC(2026, 0, 6) } as const

/** A claim of each kind, each with room for so many calls of 10 micros. */
function everyClaim(max: number): Claim[] {
  return [
    { kind: 'rate', owner: key, perSecondMax: max, burst: 0 },
    { kind: 'window', owner: key, window: 'minute', callsMax: max },
    { kind: 'concurrency', owner: key, slotsMax: max },
    { kind: 'period', owner: tenant, period: day, callsMax: max },
    { kind: 'callee', owner: key, e164: '+13125550188', window: '24h', attemptsMax: max },
    {
      kind: 'budget',
      owner: tenant,
      period: day,
      currency: 'USD',
      capMicros: max * 10,
      reserveMicros: 10,
    },
  ]
}

/** What an adapter keeps to where it is asked and nothing is taken. */
export function peekContract(open: OpenLimiter): void {
  const peeking = async (run: (peek: Peek, b: Awaited<ReturnType<typeof bench>>) => unknown) => {
    await using b = await bench(open)
    const common = { callId: 'peek' as CallId, part: 'admission', home, leaseMs } as const
    await run((claims) => b.limiter.peek({ ...common, claims, whenLost: 'refuse' }), b)
  }

  test('peeking tells how every claim stands, also behind one that cannot be met', () =>
    peeking(async (peek, b) => {
      await b.taken(everyClaim(1))
      b.clock.advance(400)
      const waits = (await peek(everyClaim(1))).map(({ claim, freesInMs }) => [
        claim.kind,
        freesInMs,
      ])
      const untilMidnightMs = 12 * 3_600_000 - 400
      expect(waits).toEqual([
        ['rate', 600],
        ['window', 60_600],
        ['concurrency', undefined],
        ['period', untilMidnightMs],
        ['callee', 24 * 3_600_000 - 400],
        ['budget', untilMidnightMs],
      ])
      expect((await peek(everyClaim(2))).map(({ freesInMs }) => freesInMs)).toEqual([
        0, 0, 0, 0, 0, 0,
      ])
    }))

  test('peeking tells how much is used of every claim, and no more once its time is over', () =>
    peeking(async (peek, b) => {
      const used = async () => (await peek(everyClaim(3))).map((standing) => standing.used)
      expect(await used()).toEqual([0, 0, 0, 0, 0, 0])
      await b.taken(everyClaim(3))
      await b.taken(everyClaim(3))
      expect(await used()).toEqual([2, 2, 2, 2, 2, 20])
      b.clock.advance(1_000)
      expect((await used())[0]).toBe(0)
      b.clock.advance(24 * 3_600_000)
      expect((await used()).slice(1, 3)).toEqual([0, 0])
      expect((await used())[4]).toBe(0)
    }))

  test('however often it is peeked, as many calls are taken as without, and peeking foretells each', async () => {
    const plans = fc.record({ max: fc.integer({ min: 1, max: 4 }), kind: fc.nat(5) })
    const steps = fc.array(fc.nat(400), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(plans, steps, ({ max, kind }, gapsMs) =>
        peeking(async (peek, b) => {
          const claims = everyClaim(max).slice(kind, kind + 1)
          for (const gapMs of gapsMs) {
            b.clock.advance(gapMs)
            await peek(claims)
            const [standing] = await peek(claims)
            const result = await b.take(claims)
            expect(result.taken).toBe(standing?.freesInMs === 0)
            if (!result.taken) expect(result.freesInMs).toBe(standing?.freesInMs)
          }
        }),
      ),
      { numRuns: 25 },
    )
  })

  test('what was peeked at is not held', () =>
    peeking(async (peek, b) => {
      await peek(everyClaim(1))
      expect(await b.running(key)).toBe(0)
      expect(await b.taken(everyClaim(1), 'peek')).toBe(true)
      expect(await b.running(key)).toBe(1)
    }))
}

type Peek = (
  claims: readonly Claim[],
) => ReturnType<Awaited<ReturnType<typeof bench>>['limiter']['peek']>
