import type { CanonicalNumber } from '../domain/number.ts'
import type { Policy } from '../domain/policy.ts'
import type { Tenant } from '../domain/tenant.ts'
import { callerNumber } from '../numbering/caller-number.ts'
import { canonicalNumber, isEmergency } from '../numbering/canonical-number.ts'
import { type Caller, type Dossier, found } from './check.ts'
import { mainNumber, ownsNumber } from './owned-numbers.ts'

/**
 * Stands for a caller without any number, in an emergency call alone: it is not E.164, so there is
 * nothing to sign, and the user part of From becomes `anonymous` (RFC 3323 4.1.1.3).
 */
export const nobody: CanonicalNumber = { e164: 'anonymous', region: '001', type: 'UNKNOWN' }

/**
 * Who calls the emergency services: the number presented where the policy lets it be presented,
 * else the tenant's main number, so that they can call back. A caller ID never stops such a call,
 * and never sends help to somebody else's door.
 */
export function emergencyCaller(dossier: Dossier): Caller {
  const tenant = found(dossier.tenant, 'the tenant')
  const policy = found(dossier.policy, 'the policy')
  const presented = callerNumber(dossier.attempt, policy)
  if (presented.ok) {
    const owned = ownsNumber(tenant, presented.number.e164)
    if (owned || policy.foreignCallerId !== 'refuse') return { number: presented.number, owned }
  }
  const main = mainNumberOf(tenant, policy)
  return main ? { number: main, owned: true } : { number: nobody, owned: false }
}

function mainNumberOf(tenant: Tenant, policy: Policy): CanonicalNumber | undefined {
  const main = canonicalNumber(`tel:${mainNumber(tenant) ?? ''}`, policy)
  return main.ok && !isEmergency(main.number) ? main.number : undefined
}
