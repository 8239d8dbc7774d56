import type { BudgetCaps, Limits } from '../domain/limits.ts'
import { costMicros, type Rate } from '../domain/money.ts'
import type { BudgetClaim, Claim, LimitOwner } from '../store/port.ts'
import { found } from './check.ts'
import type { Periods } from './periods.ts'

/** What the claims of one call follow from besides the limits. */
export interface Terms {
  readonly periods: Periods
  readonly e164: string
  readonly rate: Rate | undefined
  /** For how long money is reserved. */
  readonly sliceMs: number
}

/** An owner and its limits. */
export interface Limiting {
  readonly owner: LimitOwner
  readonly limits: Limits
  /** Whether its money ends no call that has begun. */
  readonly extendsBeyondCap?: boolean
}

/** Adds everything that an owner's limits want of one call. */
export function addLimitClaims(
  claims: Claim[],
  { owner, limits, extendsBeyondCap = false }: Limiting,
  terms: Terms,
): void {
  addTrafficClaims(claims, owner, limits)
  addPeriodClaims(claims, owner, { limits, terms })
  addCalleeClaims(claims, owner, { limits, terms })
  if (!limits.budget) return
  for (const claim of budgetClaims(owner, limits.budget, terms)) {
    claims.push(extendsBeyondCap ? { ...claim, extendsBeyondCap } : claim)
  }
}

interface Claiming {
  readonly limits: Limits
  readonly terms: Terms
}

function addTrafficClaims(claims: Claim[], owner: LimitOwner, limits: Limits): void {
  const { callsPerSecondMax, burst, callsPerMinuteMax, callsPerHourMax, concurrentMax } = limits
  if (callsPerSecondMax !== undefined) {
    claims.push({ kind: 'rate', owner, perSecondMax: callsPerSecondMax, burst })
  }
  if (callsPerMinuteMax !== undefined) {
    claims.push({ kind: 'window', owner, window: 'minute', callsMax: callsPerMinuteMax })
  }
  if (callsPerHourMax !== undefined) {
    claims.push({ kind: 'window', owner, window: 'hour', callsMax: callsPerHourMax })
  }
  if (concurrentMax !== undefined) {
    claims.push({ kind: 'concurrency', owner, slotsMax: concurrentMax })
  }
}

function addPeriodClaims(claims: Claim[], owner: LimitOwner, { limits, terms }: Claiming): void {
  const { day, month } = terms.periods
  const { callsPerDayMax, callsPerMonthMax } = limits
  if (callsPerDayMax !== undefined) {
    claims.push({ kind: 'period', owner, period: day, callsMax: callsPerDayMax })
  }
  if (callsPerMonthMax !== undefined) {
    claims.push({ kind: 'period', owner, period: month, callsMax: callsPerMonthMax })
  }
}

function addCalleeClaims(claims: Claim[], owner: LimitOwner, { limits, terms }: Claiming): void {
  const { attemptsPerCallee24hMax, attemptsPerCallee30dMax } = limits
  const { e164 } = terms
  if (attemptsPerCallee24hMax !== undefined) {
    const attemptsMax = attemptsPerCallee24hMax
    claims.push({ kind: 'callee', owner, e164, window: '24h', attemptsMax })
  }
  if (attemptsPerCallee30dMax !== undefined) {
    const attemptsMax = attemptsPerCallee30dMax
    claims.push({ kind: 'callee', owner, e164, window: '30d', attemptsMax })
  }
}

/** The worst that the first slice of the call can cost. */
function budgetClaims(owner: LimitOwner, budget: BudgetCaps, terms: Terms): BudgetClaim[] {
  const { currency, perDayMicros, perMonthMicros } = budget
  const { day, month } = terms.periods
  const reserveMicros = costMicros(found(terms.rate, 'the rate'), terms.sliceMs)
  const claims: BudgetClaim[] = []
  if (perDayMicros !== undefined) {
    const capMicros = perDayMicros
    claims.push({ kind: 'budget', owner, currency, reserveMicros, period: day, capMicros })
  }
  if (perMonthMicros !== undefined) {
    const capMicros = perMonthMicros
    claims.push({ kind: 'budget', owner, currency, reserveMicros, period: month, capMicros })
  }
  return claims
}
