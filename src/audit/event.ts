import type { AlertKind } from '../domain/alert.ts'
import type { CallId, Source } from '../domain/attempt.ts'
import type { Attestation, AttestationReason } from '../domain/attestation.ts'
import type { Trace, TraceStep } from '../domain/decision.ts'
import type { Reason } from '../domain/refusals.ts'

/** Who ended a call, or why it came to an end by itself. */
export type EndedBy = 'caller' | 'callee' | 'gate'

/** A call was admitted or refused. Written before the SIP answer goes out. */
export interface CallDecided {
  readonly type: 'call.decided'
  readonly callId: CallId
  /** Out to a carrier, or in to a tenant. */
  readonly direction: 'outbound' | 'inbound'
  readonly sipCallId: string
  readonly source: Source
  readonly admitted: boolean
  readonly reason?: Reason | undefined
  /** The true cause behind a uniform answer. */
  readonly detail?: string | undefined
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
  /** The carrier that brought it and the trunk it is for. */
  readonly carrierId?: string | undefined
  readonly trunkId?: string | undefined
  readonly caller?: string | undefined
  /** E.164, an emergency number, or of a refusal without a number the Request-URI as it came. */
  readonly called?: string | undefined
  readonly attestation?: Attestation | undefined
  readonly attestationReason?: AttestationReason | undefined
  /** Of an admitted call; `test`: it reached no carrier. */
  readonly mode?: 'live' | 'test' | undefined
  readonly trace: Trace
}

/** An INVITE left for a gateway. */
export interface CallDialled {
  readonly type: 'call.dialled'
  readonly callId: CallId
  readonly carrierId?: string | undefined
  /** Instead, of a call that comes in. */
  readonly trunkId?: string | undefined
  readonly gatewayId: string
  readonly attempt: number
}

/** A gateway whose limits, or whose carrier's, had no room for the call was not dialled. */
export interface CallPassedOver {
  readonly type: 'call.passed_over'
  readonly callId: CallId
  readonly carrierId?: string | undefined
  /** Instead, of a call that comes in. */
  readonly trunkId?: string | undefined
  readonly gatewayId: string
  /** Whose limit was full, and which one; left out where the store could not tell. */
  readonly limit?: string | undefined
  readonly freesInMs?: number | undefined
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
  readonly carrierId?: string | undefined
  /** Instead, of a call that comes in. */
  readonly trunkId?: string | undefined
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
  /** By the tenant's rate deck, where it has one. */
  readonly costMicros?: number | undefined
  readonly currency?: string | undefined
}

/** What is bound to a trunk has changed: a PBX has registered for it, or has gone. */
export interface TrunkRegistered {
  readonly type: 'trunk.registered'
  readonly trunkId: string
  readonly tenantId: string
  readonly keyId: string
  readonly source: Source
  /** How many Contacts are bound now. */
  readonly contacts: number
}

/** Somebody may not register. */
export interface TrunkRegisterRefused {
  readonly type: 'trunk.register_refused'
  readonly source: Source
  readonly reason: Reason
  readonly detail?: string | undefined
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
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

/** No new calls are taken from now on. */
export interface GateDraining {
  readonly type: 'gate.draining'
  /** Calls in progress. */
  readonly running: number
}

/** Something that calls are judged by is not what it was; credentials are never in it. */
export interface ConfigChanged {
  readonly type: 'config.changed'
  /** `setting`, `tenant`, `key`, `operator`, `policy`, `carrier`, `trunk`, `list`, `refusals`. */
  readonly subject: string
  readonly id: string
  readonly tenantId?: string | undefined
  /** Canonical JSON; left out of what is new, or of what is gone. */
  readonly before?: string | undefined
  readonly after?: string | undefined
  /** Networks that a key works from now. */
  readonly networks?: string | undefined
}

/** Something that calls are judged by, and that nobody declares, is not what it was. */
export interface StateChanged {
  readonly type: 'state.changed'
  readonly subject: 'breaker' | 'ban' | 'opt_out' | 'consent'
  /** Which, where that is not a number or an address. */
  readonly id?: string | undefined
  readonly tenantId?: string | undefined
  /** Canonical JSON without personal data; left out of what is new, or of what is gone. */
  readonly before?: string | undefined
  readonly after?: string | undefined
  /** Whose number it is about. */
  readonly number?: string | undefined
  /** Where they are who were banned. */
  readonly address?: string | undefined
}

/** Somebody used the command line. Written when it begins, and again with its result. */
export interface CliUsed {
  readonly type: 'cli.used'
  /** The same in both. */
  readonly useId: string
  readonly stage: 'began' | 'ended'
  /** Its words: `keys revoke`. */
  readonly command: string
  /** Options and arguments as given, but for personal data and credentials. */
  readonly given: readonly string[]
  readonly tenantId?: string | undefined
  /** Numbers that it was asked about. */
  readonly numbers?: string | undefined
  /** Who: the account of the machine, and before `sudo`. */
  readonly actor: string
  /** From where, of a remote login. */
  readonly from?: string | undefined
  /** The exit code. */
  readonly result?: number | undefined
  /** Lines of answer: how much was read. */
  readonly linesRead?: number | undefined
}

/** A program used the API. What may change something is written when it begins, too. */
export interface ApiUsed {
  readonly type: 'api.used'
  /** The same in both. */
  readonly requestId: string
  readonly stage: 'began' | 'ended'
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
  readonly actor?: string | undefined
  readonly from: string
  /** `GET /v1/calls`, with the names of parameters in place of their values. */
  readonly operation: string
  readonly numbers?: string | undefined
  /** Ids that the path names. */
  readonly about?: string | undefined
  /** The HTTP status. */
  readonly result?: number | undefined
  /** What was read: `calls:120`. */
  readonly read?: string | undefined
}

/** What is on record of a number or address of a tenant can no longer be read. */
export interface SubjectErased {
  readonly type: 'subject.erased'
  readonly tenantId: string
  /** Keys that were destroyed. */
  readonly keys: number
}

/** Months of a tenant whose time is over can no longer be read. */
export interface RetentionApplied {
  readonly type: 'retention.applied'
  readonly tenantId: string
  /** Of which kind of personal data, or `records`. */
  readonly kind: string
  /** The last month that is gone: `2026-01`. */
  readonly throughMonth: string
}

/** Somebody was told that something is not as it should be. */
export interface AlertRaised {
  readonly type: 'alert.raised'
  readonly kind: AlertKind
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
  readonly figures: TraceStep['figures']
}

/** The log can be written again after a failure; what running calls did meanwhile follows on it. */
export interface AuditResumed {
  readonly type: 'audit.resumed'
  /** How long nothing was written. */
  readonly silentMs: number
  /** Events of running calls that waited for it, each with its own moment. */
  readonly kept?: number | undefined
  /** Events of running calls that were more than can wait, and are in no log. */
  readonly lost?: number | undefined
  /** The first calls of those. */
  readonly lostCalls?: readonly string[] | undefined
  /** Other events that were refused: each attempt and each use of the API was answered so. */
  readonly unrecorded?: number | undefined
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
  | TrunkRegistered
  | TrunkRegisterRefused
  | GateStarted
  | GateStopped
  | GateDraining
  | ConfigChanged
  | StateChanged
  | CliUsed
  | ApiUsed
  | SubjectErased
  | RetentionApplied
  | AlertRaised
  | AuditResumed

/** An event as it stands in the log: what is personal in it is sealed. */
export interface StoredEvent {
  readonly type: AuditEvent['type']
  readonly [member: string]: unknown
}

/** Makes of an event what is stored; throws where it cannot be sealed, so that it is not written. */
export type Prepare = (event: AuditEvent, atMs: number) => StoredEvent

/** Where events go. There is no update and no delete. */
export interface AuditLog extends AsyncDisposable {
  /** Whether events can be kept, as far as is known now. */
  readonly isWritable: boolean
  /** Resolves once the event would survive kill -9; rejects when it cannot be kept. */
  append(event: AuditEvent): Promise<void>
  /** Has what was appended wait for no company any more: somebody waits for it. */
  hurry(): void
}
