import { addLimitClaims, type Terms } from '../admission/limit-claims.ts'
import type { CarrierCandidate } from '../domain/carrier.ts'
import type { Granted } from '../domain/decision.ts'
import type { Limits } from '../domain/limits.ts'
import type { Rate } from '../domain/money.ts'
import type { Claim, LimitOwner } from '../store/port.ts'
import type { CallLimits } from './stages.ts'

/** What of the store's settings the claims of a candidate follow from. */
export type ClaimSettings = Pick<CallLimits, 'periodsOf' | 'rateOf' | 'budgetSliceS'>

/** What dialling a candidate wants of its limits and its carrier's. */
export interface CandidateClaims {
  readonly claims: readonly Claim[]
  /** Where money of the carrier or the gateway is limited. */
  readonly rate: Rate | undefined
}

/** The limit that a candidate is full by of which nobody knows what the call would cost. */
export const pricelessLimit = 'carrier, price'

/**
 * What a call wants of a candidate; `free` where nothing is limited, as for an emergency, `priceless` where
 * money is and nobody knows what the call would cost of it.
 */
export function claimsFor(
  candidate: CarrierCandidate,
  { called }: Pick<Granted, 'called'>,
  { nowMs, periodsOf, rateOf, budgetSliceS }: ClaimSettings & { readonly nowMs: number },
): CandidateClaims | 'free' | 'priceless' {
  const owners = ownersOf(candidate)
  if (owners.length === 0 || !('e164' in called)) return 'free'
  const { e164 } = called
  const rate = rateOf(e164, nowMs, candidate)
  const budgets = owners.flatMap(({ limits: { budget } }) => budget ?? [])
  if (budgets.some(({ currency }) => currency !== rate?.currency)) return 'priceless'
  const periods = periodsOf(nowMs, candidate.timeZone ?? 'UTC')
  const terms: Terms = { periods, e164, rate, sliceMs: budgetSliceS * 1000 }
  const claims: Claim[] = []
  for (const owned of owners) addLimitClaims(claims, owned, terms)
  return { claims, rate: budgets.length > 0 ? rate : undefined }
}

interface Owned {
  readonly owner: LimitOwner
  readonly limits: Limits
}

/** The carrier first: of two limits that are full the wider one is named. */
function ownersOf({ carrierId, limits, gateway }: CarrierCandidate): Owned[] {
  const owners: Owned[] = []
  if (limits) owners.push({ owner: { level: 'carrier', id: carrierId }, limits })
  if (gateway.limits) {
    owners.push({ owner: { level: 'gateway', id: gateway.id }, limits: gateway.limits })
  }
  return owners
}
