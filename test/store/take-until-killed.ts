import { writeSync } from 'node:fs'
import type { CallId } from '../../src/domain/attempt.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded/store.ts'
import type { Claim, LimitOwner } from '../../src/store/port.ts'

// Takes one call after the other and says so after each, until somebody kills the process.
const path = process.argv[2] ?? ':memory:'
const directory = { tenants: [], keys: [], policies: [], carriers: [] }
const store = await openEmbeddedStore({
  path,
  clock: systemClock(),
  random: systemRandom(),
  directory,
})
const daily = (owner: LimitOwner): Claim => ({
  kind: 'period',
  owner,
  callsMax: 1_000_000,
  period: { unit: 'day', name: '2026-01-05', endsAtMs: Number.MAX_SAFE_INTEGER },
})
const claims = [daily({ level: 'key', id: 'k1' }), daily({ level: 'tenant', id: 't1' })]
for (let call = 0; call < 100_000; call++) {
  const callId = `call-${call}` as CallId
  const home = { level: 'tenant', id: 't1' } as const
  const terms = { part: 'admission', home, claims, leaseMs: 1000, whenLost: 'refuse' } as const
  const result = await store.limiter.take({ callId, ...terms })
  if (result.taken) await store.limiter.release(result.leases)
  writeSync(1, '.')
}
