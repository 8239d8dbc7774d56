import { askStore } from '../admission/ask-store.ts'
import { trafficClaims } from '../admission/traffic-claims.ts'
import type { CallId } from '../domain/attempt.ts'
import type { Candidate } from '../domain/carrier.ts'
import type { Grant } from '../domain/decision.ts'
import type { Claim, TakeResult } from '../store/port.ts'
import type { Place } from './registry.ts'
import type { Stages } from './stages.ts'

/** What a call holds of a candidate's limits while it is dialled and, once answered, until it ends. */
export type CandidateHold = AsyncDisposable

const nothingHeld: CandidateHold = { [Symbol.asyncDispose]: async () => undefined }

export interface CandidateTaking {
  readonly stages: Stages
  readonly place: Place
  readonly callId: CallId
  readonly grant: Grant
}

/**
 * Takes what dialling a call's nth candidate needs of its carrier's and its own limits; undefined
 * where it is full, or where nobody can tell. An emergency call is stopped by no limit.
 */
export function takeCandidate(
  { stages, place, callId, grant }: CandidateTaking,
  candidate: Candidate,
  nth: number,
): Promise<CandidateHold | undefined> {
  const claims = claimsOf(candidate)
  if (claims.length === 0 || !('e164' in grant.called)) return Promise.resolve(nothingHeld)
  const { limits, clock } = stages
  const request = {
    callId,
    part: `dial-${nth}`,
    home: { level: 'carrier', id: candidate.carrierId },
    claims,
    leaseMs: limits.leaseMs,
    whenLost: grant.policy.whenStoreLost ?? 'refuse',
  } as const
  const patience = { clock, storeTimeoutMs: limits.storeTimeoutMs }
  const take = () => limits.limiter.take(request)
  return askStore(patience, take, giveBack).then(
    (result) => (result.taken ? heldIn(place, result.leases) : undefined),
    (error: unknown) => {
      const cause = error instanceof Error ? error.message : String(error)
      stages.logger.error({ callId, cause }, 'a carrier could not be asked for room')
      return undefined
    },
  )
}

function claimsOf({ carrierId, limits, gateway }: Candidate): Claim[] {
  const ofCarrier = limits ? trafficClaims({ level: 'carrier', id: carrierId }, limits) : []
  const ofGateway = gateway.limits
    ? trafficClaims({ level: 'gateway', id: gateway.id }, gateway.limits)
    : []
  return [...ofCarrier, ...ofGateway]
}

/** Kept alive with the call's own leases. */
function heldIn(
  place: Place,
  leases: Extract<TakeResult, { taken: true }>['leases'],
): CandidateHold {
  const kept = place.hold(leases)
  return {
    [Symbol.asyncDispose]: async () => {
      kept[Symbol.dispose]()
      await leases[Symbol.asyncDispose]()
    },
  }
}

function giveBack(result: TakeResult): void {
  // What cannot be given back expires by itself.
  if (result.taken) Promise.resolve(result.leases[Symbol.asyncDispose]()).catch(() => undefined)
}
