import type { AuditEvent, AuditLog, CallDecided } from '../audit/event.ts'
import type { CallAttempt, CallId } from '../domain/attempt.ts'
import type { Candidate } from '../domain/carrier.ts'
import type { Decision, Granted } from '../domain/decision.ts'
import type { Rate } from '../domain/money.ts'
import { dialledText } from '../domain/number.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { CallEnd, FailedAttempt, Fullness, RelayEvents } from '../relay/relayed-call.ts'
import { asDialled } from './as-dialled.ts'
import { costOf } from './budget-keeper.ts'

/**
 * Writes what happens to one call into the audit log. The caller's answer waits for the decision; what
 * follows is written in order without holding the call up, and a failure to keep it is logged.
 */
export class CallJournal implements RelayEvents {
  readonly #audit: AuditLog
  readonly #logger: Logger
  readonly #callId: CallId

  constructor(around: { audit: AuditLog; logger: Logger }, callId: CallId) {
    this.#audit = around.audit
    this.#logger = around.logger
    this.#callId = callId
  }

  /** The same journal for one who wants to be told of the answer as well. */
  tellingAnswer(onAnswer: () => void): RelayEvents {
    return {
      dialled: (candidate, attempt) => this.dialled(candidate, attempt),
      passedOver: (candidate, full) => this.passedOver(candidate, full),
      failed: (candidate, failure) => this.failed(candidate, failure),
      ringing: (candidate, status) => this.ringing(candidate, status),
      answered: (candidate) => {
        this.answered(candidate)
        onAnswer()
      },
    }
  }

  /** Whether the decision is on record, as it must be before the caller hears an answer. */
  async decided(attempt: CallAttempt, decision: Decision): Promise<boolean> {
    try {
      await this.#audit.append(decidedEvent(attempt, decision))
      return true
    } catch (error) {
      this.#complain(error)
      return false
    }
  }

  dialled(candidate: Candidate, attempt: number): void {
    this.#write({ type: 'call.dialled', callId: this.#callId, ...namesOf(candidate), attempt })
  }

  passedOver(candidate: Candidate, { limit, freesInMs }: Fullness): void {
    const frees = freesInMs === undefined ? undefined : Math.ceil(freesInMs)
    this.#write({
      type: 'call.passed_over',
      callId: this.#callId,
      ...namesOf(candidate),
      limit,
      freesInMs: frees,
    })
  }

  failed({ gateway }: Candidate, { status, cause }: FailedAttempt): void {
    const { id: gatewayId } = gateway
    this.#write({ type: 'call.attempt_failed', callId: this.#callId, gatewayId, status, cause })
  }

  ringing({ gateway }: Candidate, status: number): void {
    this.#write({ type: 'call.ringing', callId: this.#callId, gatewayId: gateway.id, status })
  }

  answered(candidate: Candidate): void {
    this.#write({ type: 'call.answered', callId: this.#callId, ...namesOf(candidate) })
  }

  /** `rate`: what the call is billed by, where that is known. */
  ended(end: CallEnd, rate?: Rate): void {
    const cost = rate && { costMicros: costOf(rate, end), currency: rate.currency }
    this.#write({ type: 'call.ended', callId: this.#callId, ...end, ...cost })
  }

  #write(event: AuditEvent): void {
    this.#audit.append(event).catch((error: unknown) => this.#complain(error))
  }

  #complain(error: unknown): void {
    const cause = messageOf(error)
    this.#logger.error({ callId: this.#callId, cause }, 'an audit event could not be recorded')
  }
}

function namesOf({ carrierId, trunkId, gateway }: Candidate) {
  return { carrierId, trunkId, gatewayId: gateway.id }
}

function decidedEvent(attempt: CallAttempt, decision: Decision): CallDecided {
  const { id: callId, sipCallId, source } = attempt
  const common = { type: 'call.decided', callId, sipCallId, source, trace: decision.trace } as const
  if (!decision.admitted) {
    const { reason, detail, key, caller, called, inbound } = decision
    return {
      ...common,
      direction: inbound ? 'inbound' : 'outbound',
      admitted: false,
      reason,
      detail,
      ...(inbound ?? { keyId: key?.id, tenantId: key?.tenantId, caller: caller?.e164 }),
      // Nobody could be asked about it later, were nothing of it on record.
      called: called ? dialledText(called) : asDialled(attempt.requestUri),
    }
  }
  const { grant } = decision
  const { direction, tenant, called } = grant
  const said = { direction, tenantId: tenant.id, called: dialledText(called) }
  return { ...common, admitted: true, ...said, ...partyOf(grant) }
}

/** Who has placed the call, or who has brought it and to whom. */
function partyOf(grant: Granted) {
  if (grant.direction === 'outbound') {
    const { key, caller, attestation, attestationReason } = grant
    const said = { caller: caller.e164, attestation, attestationReason }
    return { keyId: key.id, ...said, mode: key.mode }
  }
  const { carrierId, trunk, caller } = grant
  return { carrierId, trunkId: trunk.id, caller: caller.user, mode: 'live' as const }
}
