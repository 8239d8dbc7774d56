import type { CanonicalNumber } from '../domain/number.ts'
import type { Policy } from '../domain/policy.ts'
import { type Caller, type Dossier, found } from './check.ts'
import { chooseCaller, mainNumberOf } from './chosen-caller.ts'

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
  const given = found(dossier.policy, 'the policy')
  const policy: Policy = { ...given, withheldCallerId: 'replace' }
  const chosen = chooseCaller(dossier.attempt, tenant, policy)
  if (chosen.caller) return chosen.caller
  const main = mainNumberOf(tenant, policy)
  const withheld = chosen.figures.withheld === true
  return main
    ? { number: main, owned: true, replaced: true, withheld }
    : { number: nobody, owned: false, replaced: false, withheld }
}
