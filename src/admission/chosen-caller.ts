import type { CallAttempt } from '../domain/attempt.ts'
import type { CanonicalNumber } from '../domain/number.ts'
import type { Policy } from '../domain/policy.ts'
import type { Tenant } from '../domain/tenant.ts'
import { type CallerRefusal, callerNumber } from '../numbering/caller-number.ts'
import { canonicalNumber, isEmergency } from '../numbering/canonical-number.ts'
import type { Caller, Figures } from './check.ts'
import { mainNumber, rightTo } from './owned-numbers.ts'

/** Whom a call is placed for, as the policy has it, with what was looked at; or why for nobody. */
export type ChosenCaller = { readonly figures: Figures } & (
  | { readonly caller: Caller }
  | {
      readonly caller?: undefined
      readonly reason: CallerRefusal
      readonly detail?: string
      /** Who would call if the policy let it. */
      readonly denied?: Caller
    }
)

/** The number that goes out for a call: the one presented, another in its place, or none. */
export function chooseCaller(attempt: CallAttempt, tenant: Tenant, policy: Policy): ChosenCaller {
  const presented = callerNumber(attempt, policy)
  const { header, withheld } = presented
  if (!presented.ok) {
    const { reason } = presented
    const replaces = reason === 'caller_id_anonymous' && policy.withheldCallerId === 'replace'
    const main = replaces ? replacement(tenant, policy, withheld) : undefined
    return main ?? { reason, figures: { header, ...told(withheld) } }
  }
  const { number } = presented
  const right = rightTo(tenant, number.e164)
  const owned = right !== undefined
  const figures = { header, e164: number.e164, owned, ...right, ...told(withheld) }
  const caller = { number, owned, replaced: false, withheld }
  if (withheld && policy.withheldCallerId === 'refuse') {
    return { reason: 'caller_id_anonymous', figures, denied: caller }
  }
  if (owned || policy.traffic === 'gateway' || policy.foreignCallerId === 'attest_b') {
    return { caller, figures }
  }
  const main =
    policy.foreignCallerId === 'replace' ? replacement(tenant, policy, withheld) : undefined
  if (main) return { ...main, figures: { ...main.figures, presented: number.e164 } }
  return { reason: 'caller_id_not_allowed', detail: 'not_owned', figures, denied: caller }
}

/** The tenant's first number, where it has one; it is its own by the right that it comes from. */
export function mainNumberOf(tenant: Tenant, policy: Policy): CanonicalNumber | undefined {
  const main = canonicalNumber(`tel:${mainNumber(tenant) ?? ''}`, policy)
  return main.ok && !isEmergency(main.number) ? main.number : undefined
}

function replacement(tenant: Tenant, policy: Policy, withheld: boolean) {
  const number = mainNumberOf(tenant, policy)
  if (!number) return undefined
  const figures = {
    header: 'From',
    e164: number.e164,
    owned: true,
    replaced: true,
    ...rightTo(tenant, number.e164),
    ...told(withheld),
  }
  return { caller: { number, owned: true, replaced: true, withheld }, figures }
}

/** What is not so is not in the trace. */
function told(withheld: boolean) {
  return withheld ? { withheld } : {}
}
