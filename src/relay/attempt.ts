import type { Candidate } from '../domain/carrier.ts'
import type { Timer } from '../kernel/clock.ts'
import { isOneLine } from '../sip/header-value.ts'
import { nothing, type Payload, type Reply } from '../sip/messages.ts'
import type { DialOutcome, EarlyReply, OutboundCall } from '../sip/outbound-call.ts'
import { hasSession } from '../sip/session-body.ts'
import { acknowledgementBy, passEarly } from './early.ts'
import { passing } from './headers.ts'
import type { FailedAttempt, RelayedCall } from './relayed-call.ts'

export type AttemptOutcome =
  | Extract<DialOutcome, { kind: 'answered' }>
  | { readonly kind: 'failed'; readonly failure: FailedAttempt }
  /** The caller gave up, the engine is lost, or we were told to stop. */
  | { readonly kind: 'stopped' }

/** RFC 7647 4: 199 ends an early dialog; the caller has one with us alone. */
const earlyDialogTerminated = 199

/** Dials one gateway and lets its provisional responses through, until it answers, fails or is late. */
export class Attempt {
  readonly outcome: Promise<AttemptOutcome>
  readonly #call: RelayedCall
  readonly #candidate: Candidate
  readonly #dialled: OutboundCall
  readonly #startedMs: number
  #timer: Timer
  #late: 'no_answer' | 'ring_timeout' | undefined
  #heard = false
  #rang = false
  #earlyMedia = false

  constructor(call: RelayedCall, candidate: Candidate) {
    this.#call = call
    this.#candidate = candidate
    const { clock, engine } = call
    this.#startedMs = clock.monotonic()
    this.#timer = clock.after(this.#silenceMs(), () => this.#tooLate())
    this.#dialled = engine.dial({
      ...call.invite(candidate),
      onProvisional: (reply) => this.#onProvisional(reply),
      onRequest: (request) => passEarly(request, call.inbound, call.random),
    })
    call.inbound.onEarlyRequest((request) => passEarly(request, this.#dialled, call.random))
    this.outcome = this.#dialled.outcome.then((outcome) => this.#settle(outcome))
  }

  /** Gives the attempt up; the reasons go with the CANCEL. RFC 3326. */
  stop(reasons: readonly string[]): void {
    this.#dialled.cancel(cancelPayload(reasons))
  }

  #silenceMs(): number {
    const { noAnswerTimeoutMs, ringTimeoutMs } = this.#candidate
    const { engine, settings } = this.#call
    const silenceMs = engine.reportsTrying
      ? noAnswerTimeoutMs
      : Math.max(noAnswerTimeoutMs, settings.blindNoAnswerTimeoutMs)
    return Math.min(silenceMs, ringTimeoutMs)
  }

  #tooLate(): void {
    this.#late = this.#heard ? 'ring_timeout' : 'no_answer'
    this.#dialled.cancel(nothing)
  }

  #onProvisional(reply: EarlyReply): void {
    if (!this.#heard) this.#onFirstSign()
    if (reply.status <= 100 || !reply.message) return
    if (reply.status === earlyDialogTerminated) return void reply.acknowledge?.(nothing)
    const { inbound, events } = this.#call
    if (!this.#rang) events.ringing(this.#candidate, reply.status)
    this.#rang = true
    if (hasSession(reply.message)) this.#earlyMedia = true
    const { status, phrase, acknowledge } = reply
    const answer = { status, phrase, ...passing(reply.message, 'inviteResponse') }
    inbound.ring(answer, acknowledge && acknowledgementBy(acknowledge))
  }

  /** From now on the gateway has until its ring timeout, counted from the INVITE. */
  #onFirstSign(): void {
    this.#heard = true
    this.#timer.cancel()
    const { clock } = this.#call
    const spentMs = clock.monotonic() - this.#startedMs
    this.#timer = clock.after(this.#candidate.ringTimeoutMs - spentMs, () => this.#tooLate())
  }

  #settle(outcome: DialOutcome): AttemptOutcome {
    this.#timer.cancel()
    switch (outcome.kind) {
      case 'answered':
        return outcome
      case 'rejected':
        return this.#failed('response', outcome.reply)
      case 'failed':
        if (outcome.failure.code === 'engine_lost') return { kind: 'stopped' }
        return this.#failed('unsent', ourReply(500, 'Not Sent'))
      case 'cancelled':
        if (!this.#late) return { kind: 'stopped' }
        return this.#failed(this.#late, ourReply(408, 'Request Timeout'))
    }
  }

  #failed(cause: FailedAttempt['cause'], reply: Reply): AttemptOutcome {
    const { status, phrase, message } = reply
    const content = message ? passing(message, 'inviteResponse') : nothing
    const answer = { status, phrase, ...content }
    const { earlyMedia, rang } = { earlyMedia: this.#earlyMedia, rang: this.#rang }
    return { kind: 'failed', failure: { cause, status, rang, earlyMedia, answer } }
  }
}

function ourReply(status: number, phrase: string): Reply {
  return { status, phrase, message: undefined }
}

function cancelPayload(reasons: readonly string[]): Payload {
  const sound = reasons.filter(isOneLine)
  return sound.length === 0 ? nothing : { headers: { Reason: sound.join(', ') }, body: '' }
}
