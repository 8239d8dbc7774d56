import { writeSync } from 'node:fs'
import type { CallId } from '../../src/domain/attempt.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { openEmbeddedStore } from '../../src/store/embedded/store.ts'
import type { Claim, LimitOwner } from '../../src/store/port.ts'

// Takes one call after the other and says so after each, until somebody kills the process.
const path = process.argv[2] ?? ':memory:'
const directory = { tenants: [], keys: [], policies: [], carriers: [] }
const store = await openEmbeddedStore({ path, clock: systemClock(), directory })
const daily = (owner: LimitOwner): Claim => ({
  kind: 'daily',
  owner,
  callsMax: 1_000_000,
  day: '2026-01-05',
  dayEndsAtMs: Number.MAX_SAFE_INTEGER,
})
const claims = [daily({ level: 'key', id: 'k1' }), daily({ level: 'tenant', id: 't1' })]
for (let call = 0; call < 100_000; call++) {
  const callId = `call-${call}` as CallId
  await store.limiter.take({ callId, tenantId: 't1' as TenantId, claims, leaseMs: 1000 })
  await store.limiter.release(callId)
  writeSync(1, '.')
}
