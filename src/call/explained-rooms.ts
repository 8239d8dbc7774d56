import { askStore } from '../admission/ask-store.ts'
import { type ExplainedLimit, explainedLimits, type LimitsView } from '../admission/explain.ts'
import type { CallId } from '../domain/attempt.ts'
import type { CarrierCandidate } from '../domain/carrier.ts'
import type { Grant } from '../domain/decision.ts'
import type { Clock } from '../kernel/clock.ts'
import type { TakeRequest } from '../store/port.ts'
import { type ClaimSettings, claimsFor, pricelessLimit } from './candidate-claims.ts'

/** What a candidate's limits and its carrier's are looked at with. */
export interface RoomView extends ClaimSettings {
  readonly limiter: LimitsView
  readonly clock: Clock
  readonly storeTimeoutMs: number
}

/** Whether a candidate has room for the call. */
export interface ExplainedRoom {
  /** Whether it would be dialled; what is full, or cannot be asked, is passed over. */
  readonly fits: boolean
  /** Whose limit is full and which one; undefined where nobody can tell. */
  readonly limit?: string | undefined
  readonly freesInMs?: number | undefined
  /** Of every limit of the carrier and the gateway. */
  readonly limits: readonly ExplainedLimit[]
}

export interface RoomQuestion {
  readonly candidate: CarrierCandidate
  readonly grant: Grant
  readonly callId: CallId
  readonly nowMs: number
}

/** Looks for room for a call as dialling does; nothing of it is taken. */
export async function roomFor(question: RoomQuestion, view: RoomView): Promise<ExplainedRoom> {
  const { candidate, grant, callId, nowMs } = question
  const wanted = claimsFor(candidate, grant, { ...view, nowMs })
  if (wanted === 'free') return { fits: true, limits: [] }
  if (wanted === 'priceless') return { fits: false, limit: pricelessLimit, limits: [] }
  const request: TakeRequest = {
    callId,
    part: 'dial-1',
    claims: wanted.claims,
    leaseMs: 1,
    whenLost: 'refuse',
    home: { level: 'carrier', id: candidate.carrierId },
  }
  try {
    const { limiter } = view
    const standings = await askStore(view, () => limiter.peek(request))
    const limits = await explainedLimits(limiter, { request, standings })
    const full = limits.find(({ fits }) => !fits)
    if (!full) return { fits: true, limits }
    const { level, limit, freesInMs } = full
    return { fits: false, limit: `${level}, ${limit}`, freesInMs, limits }
  } catch {
    return { fits: false, limits: [] }
  }
}
