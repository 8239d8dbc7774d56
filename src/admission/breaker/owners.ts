import type { BreakerTerms } from '../../domain/breaker.ts'
import type { Key } from '../../domain/key.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Tenant } from '../../domain/tenant.ts'
import type { BreakerOwner } from './breaker.ts'

/** Who places a call, with whose terms. */
export interface CallParty {
  /** Undefined: a carrier has brought it, and no breaker minds. */
  readonly key?: Key | undefined
  readonly tenant: Tenant
  readonly policy: Policy
}

/** The breakers that a call passes: its key's and its tenant's, where they have terms. */
export function breakersOf({
  key,
  tenant,
  policy,
}: CallParty): readonly (readonly [BreakerOwner, BreakerTerms])[] {
  if (!key) return []
  const found: [BreakerOwner, BreakerTerms][] = []
  const tenantId = tenant.id
  if (policy.breaker) {
    found.push([{ level: 'key', id: key.id, keyId: key.id, tenantId }, policy.breaker])
  }
  if (tenant.breaker) found.push([{ level: 'tenant', id: tenantId, tenantId }, tenant.breaker])
  return found
}
