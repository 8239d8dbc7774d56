import type { AttemptFailure } from '../domain/attempt-failure.ts'
import type { Candidate } from '../domain/carrier.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import type { InboundCall } from '../sip/inbound-call.ts'
import type { Answer, Payload } from '../sip/messages.ts'
import type { DialRequest, OutboundCall } from '../sip/outbound-call.ts'
import type { CallControl } from './call-control.ts'

/** What a call came to. */
export interface CallEnd {
  readonly endedBy: 'caller' | 'callee' | 'gate'
  /** Stable word: `bye`, `cancelled`, `rejected`, `carriers_exhausted`, `duration_max`, ... */
  readonly cause: string
  /** The final SIP status that the caller heard; 200 once answered. */
  readonly status: number
  /** From answer to end; 0 when never answered. */
  readonly durationMs: number
}

/** A gateway that did not take the call. */
export interface FailedAttempt extends AttemptFailure {
  /** What the caller would hear of it. */
  readonly answer: Answer
}

/** Why a gateway has no room: whose limit is full, which one, and when it frees, as far as that is known. */
export interface Fullness {
  readonly limit?: string | undefined
  readonly freesInMs?: number | undefined
}

/** The room that a gateway has for a call, or why it has none. */
export type Taken =
  | { readonly room: AsyncDisposable }
  | { readonly room: undefined; readonly full: Fullness }

/** Which failures lead to the next gateway, and which of them the caller hears. */
export interface Failover {
  advances(failure: AttemptFailure): boolean
  bestAnswer(
    failures: readonly AttemptFailure[],
  ): { readonly kind: 'pass_on'; readonly index: number } | { readonly kind: 'exhausted' }
}

/** Who wants to know how the call goes. Must not throw. */
export interface RelayEvents {
  dialled(candidate: Candidate, attempt: number): void
  /** It has no room for the call. */
  passedOver(candidate: Candidate, full: Fullness): void
  failed(candidate: Candidate, failure: FailedAttempt): void
  ringing(candidate: Candidate, status: number): void
  answered(candidate: Candidate): void
}

/** The engine, as far as a call needs it. */
export interface Dialer {
  /** Where it serves SIP, as `protocol/host:port`. */
  readonly addresses: readonly string[]
  /** Whether it tells of a 100. */
  readonly reportsTrying: boolean
  dial(request: DialRequest): OutboundCall
}

export interface RelaySettings {
  /** Whether REFER passes: it asks the other side for a call that admission never sees. */
  readonly transfers: 'relay' | 'refuse'
  /**
   * With an engine that does not tell of a 100, a gateway has at least this long for its first 18x
   * or final answer before it counts as silent.
   */
  readonly blindNoAnswerTimeoutMs: number
  /** The session interval with a caller that asks for none, seconds; 0: there is none. RFC 4028. */
  readonly sessionExpiresS: number
}

/** An admitted call and all that carrying it takes. */
export interface RelayedCall {
  readonly inbound: InboundCall
  readonly candidates: readonly Candidate[]
  /** Takes the room that the nth candidate has for the call. */
  take(candidate: Candidate, nth: number): Promise<Taken>
  /** The INVITE for a gateway. */
  invite(candidate: Candidate): {
    readonly uri: string
    readonly payload: Payload
    /** Where it is sent, where that is not for the URI to say. */
    readonly proxy?: string | undefined
  }
  readonly durationMaxMs: number
  /** How long the caller lets it ring; undefined: as long as it may. RFC 3261 13.3.1. */
  readonly invitationMs?: number | undefined
  /** What the caller hears when no gateway has a word for it, and the cause of that end. */
  exhausted(): { readonly cause: string; readonly answer: Answer }
  readonly control: CallControl
  readonly events: RelayEvents
  readonly failover: Failover
  readonly settings: RelaySettings
  readonly engine: Dialer
  readonly clock: Clock
  readonly random: Random
}
