import type { AlertKind } from '../domain/alert.ts'
import type { CallId, Source } from '../domain/attempt.ts'
import type { Attestation } from '../domain/attestation.ts'
import type { Trace, TraceStep } from '../domain/decision.ts'
import type { Reason } from '../domain/refusals.ts'

/** Who ended a call, or why it came to an end by itself. */
export type EndedBy = 'caller' | 'callee' | 'gate'

/** A call was admitted or refused. Written before the SIP answer goes out. */
export interface CallDecided {
  readonly type: 'call.decided'
  readonly callId: CallId
  readonly sipCallId: string
  readonly source: Source
  readonly admitted: boolean
  readonly reason?: Reason | undefined
  /** The true cause behind a uniform answer. */
  readonly detail?: string | undefined
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
  readonly caller?: string | undefined
  readonly called?: string | undefined
  readonly attestation?: Attestation | undefined
  /** Of an admitted call; `test`: it reached no carrier. */
  readonly mode?: 'live' | 'test' | undefined
  readonly trace: Trace
}

/** An INVITE left for a gateway. */
export interface CallDialled {
  readonly type: 'call.dialled'
  readonly callId: CallId
  readonly carrierId: string
  readonly gatewayId: string
  readonly attempt: number
}

/** A gateway whose limits, or whose carrier's, had no room for the call was not dialled. */
export interface CallPassedOver {
  readonly type: 'call.passed_over'
  readonly callId: CallId
  readonly carrierId: string
  readonly gatewayId: string
}

/** A gateway did not take the call and the next one is tried, or none is left. */
export interface CallAttemptFailed {
  readonly type: 'call.attempt_failed'
  readonly callId: CallId
  readonly gatewayId: string
  readonly status: number
  readonly cause: string
}

export interface CallRinging {
  readonly type: 'call.ringing'
  readonly callId: CallId
  readonly gatewayId: string
  readonly status: number
}

export interface CallAnswered {
  readonly type: 'call.answered'
  readonly callId: CallId
  readonly gatewayId: string
  readonly carrierId: string
}

/** The last event of every admitted call: what it came to. */
export interface CallEnded {
  readonly type: 'call.ended'
  readonly callId: CallId
  readonly endedBy: EndedBy
  /** Stable word: `bye`, `cancelled`, `rejected`, `carriers_exhausted`, `duration_max`, ... */
  readonly cause: string
  /** The final SIP status that the caller heard, or 200 once answered. */
  readonly status: number
  /** From answer to end; 0 when never answered. */
  readonly durationMs: number
}

export interface GateStarted {
  readonly type: 'gate.started'
  readonly version: string
  readonly engine: string
}

export interface GateStopped {
  readonly type: 'gate.stopped'
  readonly cause: string
}

/** Somebody was told that something is not as it should be. */
export interface AlertRaised {
  readonly type: 'alert.raised'
  readonly kind: AlertKind
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
  readonly figures: TraceStep['figures']
}

/** The log can be written again after a failure; what happened meanwhile is not in it. */
export interface AuditResumed {
  readonly type: 'audit.resumed'
  /** How long nothing was kept. */
  readonly silentMs: number
}

/** Everything that is ever written into the log. */
export type AuditEvent =
  | CallDecided
  | CallDialled
  | CallPassedOver
  | CallAttemptFailed
  | CallRinging
  | CallAnswered
  | CallEnded
  | GateStarted
  | GateStopped
  | AlertRaised
  | AuditResumed

/** Where events go. There is no update and no delete. */
export interface AuditLog extends AsyncDisposable {
  /** Resolves once the event would survive kill -9; rejects when it cannot be kept. */
  append(event: AuditEvent): Promise<void>
}
