import type { AttemptsMax } from '../compliance/rule-book.ts'
import type { Limits } from '../domain/limits.ts'
import { costMicros, type Rate } from '../domain/money.ts'
import type { Claim, LimitOwner } from '../store/port.ts'
import { type Dossier, found } from './check.ts'
import type { TenantPeriods } from './tenant-periods.ts'
import { trafficClaims } from './traffic-claims.ts'

/** What the claims of one call follow from besides the limits. */
export interface Terms {
  readonly periods: TenantPeriods
  readonly e164: string
  readonly rate: Rate | undefined
  /** For how long money is reserved. */
  readonly sliceMs: number
}

/** Everything that the key's and the tenant's limits want of one call. */
export function claimsOf(dossier: Dossier, terms: Terms): Claim[] {
  const key = found(dossier.key, 'the key')
  const tenant = found(dossier.tenant, 'the tenant')
  const policy = found(dossier.policy, 'the policy')
  const ofKey = { level: 'key', id: key.id } as const
  const ofTenant = { level: 'tenant', id: tenant.id } as const
  const tenantLimits = withLaw(tenant.limits, dossier.attemptsMax ?? [])
  return [...claimsFor(ofKey, policy.limits, terms), ...claimsFor(ofTenant, tenantLimits, terms)]
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

function claimsFor(owner: LimitOwner, limits: Limits, terms: Terms): Claim[] {
  return [
    ...trafficClaims(owner, limits),
    ...periodClaims(owner, limits, terms),
    ...calleeClaims(owner, limits, terms),
    ...budgetClaims(owner, limits, terms),
  ]
}

function periodClaims(owner: LimitOwner, limits: Limits, { periods }: Terms): Claim[] {
  const claims: Claim[] = []
  const { callsPerDayMax, callsPerMonthMax } = limits
  if (callsPerDayMax !== undefined) {
    claims.push({ kind: 'period', owner, period: periods.day, callsMax: callsPerDayMax })
  }
  if (callsPerMonthMax !== undefined) {
    claims.push({ kind: 'period', owner, period: periods.month, callsMax: callsPerMonthMax })
  }
  return claims
}

function calleeClaims(owner: LimitOwner, limits: Limits, { e164 }: Terms): Claim[] {
  const claims: Claim[] = []
  const { attemptsPerCallee24hMax, attemptsPerCallee30dMax } = limits
  const common = { kind: 'callee', owner, e164 } as const
  if (attemptsPerCallee24hMax !== undefined) {
    claims.push({ ...common, window: '24h', attemptsMax: attemptsPerCallee24hMax })
  }
  if (attemptsPerCallee30dMax !== undefined) {
    claims.push({ ...common, window: '30d', attemptsMax: attemptsPerCallee30dMax })
  }
  return claims
}

/** The worst that the first slice of the call can cost. */
function budgetClaims(owner: LimitOwner, { budget }: Limits, terms: Terms): Claim[] {
  if (!budget) return []
  const reserveMicros = costMicros(found(terms.rate, 'the rate'), terms.sliceMs)
  const { currency, perDayMicros, perMonthMicros } = budget
  const common = { kind: 'budget', owner, currency, reserveMicros } as const
  const claims: Claim[] = []
  if (perDayMicros !== undefined) {
    claims.push({ ...common, period: terms.periods.day, capMicros: perDayMicros })
  }
  if (perMonthMicros !== undefined) {
    claims.push({ ...common, period: terms.periods.month, capMicros: perMonthMicros })
  }
  return claims
}
