import type { AttemptsMax } from '../compliance/rule-book.ts'
import { type Limits, noLimits } from '../domain/limits.ts'
import type { Policy } from '../domain/policy.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { Claim, LimitOwner } from '../store/port.ts'
import { type Dossier, found } from './check.ts'
import { addLimitClaims, type Terms } from './limit-claims.ts'
import type { Periods } from './periods.ts'

/** Everything that the key's and the tenant's limits want of one call. */
export function claimsOf(dossier: Dossier, terms: Terms): Claim[] {
  const key = found(dossier.key, 'the key')
  const tenant = found(dossier.tenant, 'the tenant')
  const policy = found(dossier.policy, 'the policy')
  const ofKey = { level: 'key', id: key.id } as const
  const claims = useClaims(ofKey, dossier)
  const extendsBeyondCap = policy.enforcement === 'shadow'
  const policyLimits = { owner: ofKey, limits: priced(policy.limits, dossier), extendsBeyondCap }
  addLimitClaims(claims, policyLimits, terms)
  const ofTenant = { level: 'tenant', id: tenant.id } as const
  const tenantLimits = withLaw(tenant.limits, dossier.attemptsMax ?? [])
  addLimitClaims(claims, { owner: ofTenant, limits: tenantLimits }, terms)
  return claims
}

/** Whose limits a call that comes in has to fit. */
export interface Recipient {
  readonly trunk: Trunk
  readonly tenant: Tenant
  readonly policy: Policy
  readonly periods: Periods
}

/**
 * What a call that comes in wants: of the trunk all that its policy limits, of the tenant a slot, for it
 * has so many lines whichever way they are used. What a tenant may place in a minute or a day is not
 * used up by those who call it.
 */
export function inboundClaims({ trunk, tenant, policy, periods }: Recipient): Claim[] {
  const claims: Claim[] = []
  const terms = { periods, e164: '', rate: undefined, sliceMs: 0 }
  const ofTrunk = { level: 'trunk', id: trunk.id } as const
  const trunkLimits = { ...policy.limits, ...ofCalleesAlone }
  addLimitClaims(claims, { owner: ofTrunk, limits: trunkLimits }, terms)
  const ofTenant = { level: 'tenant', id: tenant.id } as const
  const { concurrentMax } = tenant.limits
  addLimitClaims(claims, { owner: ofTenant, limits: { ...noLimits, concurrentMax } }, terms)
  return claims
}

/** Limits of whom somebody calls and for how much, which is not for the called to answer for. */
const ofCalleesAlone = {
  attemptsPerCallee24hMax: undefined,
  attemptsPerCallee30dMax: undefined,
  budget: undefined,
} as const

/** In shadow a call goes on whose price nobody knows in the policy's currency; that money cannot be counted. */
function priced(limits: Limits, { rate }: Dossier): Limits {
  const isUncounted = limits.budget && limits.budget.currency !== rate?.currency
  return isUncounted ? { ...limits, budget: undefined } : limits
}

/** The law counts what one caller does: where it is stricter than the tenant's limit, it holds. */
function withLaw(limits: Limits, maxima: readonly AttemptsMax[]): Limits {
  if (maxima.length === 0) return limits
  const least = (window: AttemptsMax['window'], own: number | undefined) =>
    maxima
      .filter((max) => max.window === window)
      .reduce<number | undefined>((min, max) => Math.min(min ?? Infinity, max.attemptsMax), own)
  return {
    ...limits,
    attemptsPerCallee24hMax: least('24h', limits.attemptsPerCallee24hMax),
    attemptsPerCallee30dMax: least('30d', limits.attemptsPerCallee30dMax),
  }
}

/** What the call uses up that may be used so often, before all else that it wants. */
function useClaims(owner: LimitOwner, { token, answered, probes = [] }: Dossier): Claim[] {
  const claims: Claim[] = []
  if (token?.callsMax !== undefined) {
    const { id, callsMax: usesMax, expiresAtMs: endsAtMs } = token
    claims.push({ kind: 'use', owner, what: 'token', id, usesMax, endsAtMs })
  }
  if (answered) {
    const { id, endsAtMs } = answered
    claims.push({ kind: 'use', owner, what: 'nonce', id, usesMax: 1, endsAtMs })
  }
  for (const { owner: ofBreaker, trial } of probes) {
    const { id, probesMax: usesMax, endsAtMs } = trial
    claims.push({ kind: 'use', owner: ofBreaker, what: 'probe', id, usesMax, endsAtMs })
  }
  return claims
}
