import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Claim } from '../../src/store/port.ts'
import { shareOf } from '../../src/store/redis/share.ts'

const owner = { level: 'tenant', id: 't1' } as const
const period = { unit: 'day', name: '2026-01-05', endsAtMs: 0 } as const

/** Every figure of a claim that limits it. */
function limitsIn(claim: Claim): number[] {
  switch (claim.kind) {
    case 'rate':
      return [claim.perSecondMax, claim.burst]
    case 'window':
    case 'period':
      return [claim.callsMax]
    case 'concurrency':
      return [claim.slotsMax]
    case 'callee':
      return [claim.attemptsMax]
    case 'budget':
      return [claim.capMicros]
    case 'use':
      return [claim.usesMax]
  }
}

test('the parts that all gates have of a limit are never more than the limit together', () => {
  const max = fc.nat({ max: 1_000_000 })
  const claims = fc.oneof(
    fc
      .record({ perSecondMax: max, burst: max })
      .map((of): Claim => ({ kind: 'rate', owner, ...of })),
    max.map((callsMax): Claim => ({ kind: 'window', owner, window: 'hour', callsMax })),
    max.map((slotsMax): Claim => ({ kind: 'concurrency', owner, slotsMax })),
    max.map((callsMax): Claim => ({ kind: 'period', owner, period, callsMax })),
    max.map(
      (attemptsMax): Claim => ({ kind: 'callee', owner, e164: '+1', window: '24h', attemptsMax }),
    ),
    max.map((capMicros): Claim => {
      return { kind: 'budget', owner, period, currency: 'USD', capMicros, reserveMicros: 1 }
    }),
    max.map((usesMax): Claim => {
      return { kind: 'use', owner, what: 'token', id: 't', usesMax, endsAtMs: 0 }
    }),
  )
  fc.assert(
    fc.property(claims, fc.integer({ min: 1, max: 1000 }), (claim, gates) => {
      const parts = limitsIn(shareOf(claim, gates))
      limitsIn(claim).forEach((limit, at) => {
        expect((parts[at] ?? Number.NaN) * gates).toBeLessThanOrEqual(limit)
      })
    }),
  )
})
