import type { Leg } from '../sip/leg.ts'
import type { LegRequest } from '../sip/leg-request.ts'
import type { LegReply } from '../sip/leg-transaction.ts'
import { type Answer, nothing, plainAnswer } from '../sip/messages.ts'
import { hasSession } from '../sip/session-body.ts'
import { nextHop, passing } from './headers.ts'
import { obstacleTo } from './obstacle.ts'
import { passedAnswer } from './passed-answer.ts'
import type { RelayedCall } from './relayed-call.ts'
import { sessionAnswer } from './session-timer.ts'
import type { Side, Teardown } from './teardown.ts'

/** What of offer and answer is under way on one leg. RFC 3261 14, RFC 3311 5.2. */
interface Half {
  readonly side: Side
  readonly leg: Leg
  /** A re-INVITE or UPDATE of theirs has no final response yet. */
  theirs: boolean
  /** One of ours has none yet. */
  ours: boolean
}

/** RFC 5057 5.1: a 481 to one of these says that the whole call is gone. */
const callMethods: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'INFO'])

/** Passes requests inside the call from each leg to the other, and their answers back. */
export class InDialogRelay {
  readonly #call: RelayedCall
  readonly #teardown: Teardown

  constructor(call: RelayedCall, teardown: Teardown) {
    this.#call = call
    this.#teardown = teardown
  }

  /** Takes charge of both legs from now on. */
  join(caller: Leg, callee: Leg): void {
    const near: Half = { side: 'caller', leg: caller, theirs: false, ours: false }
    const far: Half = { side: 'callee', leg: callee, theirs: false, ours: false }
    this.#listen(near, far)
    this.#listen(far, near)
  }

  #listen(from: Half, to: Half): void {
    from.leg.attach({
      onRequest: (request) => this.#onRequest(request, from, to),
      // An answer that came right before the BYE is passed on first.
      onEnded: (end) => queueMicrotask(() => this.#teardown.byLeg(from.side, end)),
    })
  }

  #onRequest(request: LegRequest, from: Half, to: Half): void {
    const negotiates =
      request.method === 'INVITE' || (request.method === 'UPDATE' && hasSession(request.message))
    const refusal = this.#refusal(request) ?? (negotiates ? this.#glare(from) : undefined)
    if (refusal) request.respond(refusal)
    else if (negotiates) void this.#negotiate(request, from, to)
    else void this.#pass(request, to)
  }

  #refusal({ method, message }: LegRequest): Answer | undefined {
    // RFC 3262 3: the late PRACK of a ringing that the answer has overtaken; the engine has matched
    // it, and the callee has had ours.
    if (method === 'PRACK') return plainAnswer(200, 'OK')
    if (method === 'REFER' && this.#call.settings.transfers === 'refuse') {
      return plainAnswer(403, 'Transfer Not Allowed')
    }
    return obstacleTo(message)
  }

  #glare(from: Half): Answer | undefined {
    // RFC 3261 14.2: a second one before the first is answered, and one that crosses ours.
    if (from.theirs) {
      const retry = { 'Retry-After': String(this.#call.random.below(11)) }
      return plainAnswer(500, 'Request Pending', retry)
    }
    return from.ours ? plainAnswer(491, 'Request Pending') : undefined
  }

  async #negotiate(request: LegRequest, from: Half, to: Half): Promise<void> {
    from.theirs = true
    to.ours = true
    await this.#pass(request, to)
    from.theirs = false
    to.ours = false
  }

  async #pass(request: LegRequest, to: Half): Promise<void> {
    const { method, message } = request
    let cancelled = false
    const sent = to.leg.request(
      method,
      nextHop(message),
      ({ status, phrase, message: ringing }) => {
        if (ringing) request.respond({ status, phrase, ...passing(ringing, 'inDialogResponse') })
      },
    )
    request.onCancelled(() => {
      cancelled = true
      sent.cancel(nothing)
    })
    const reply = await sent.final
    // The timer that a caller did not ask for ends with a refresh that says nothing of it.
    const ownS = to.side === 'callee' ? this.#call.settings.sessionExpiresS : 0
    request.respond(answerOf(request, reply, ownS))
    if (method === 'INVITE' && reply.status < 300) {
      await this.#acknowledge(request, reply, cancelled)
    } else if (isEndOfCall(method, reply)) this.#teardown.byGate('dialog_gone')
  }

  async #acknowledge(request: LegRequest, reply: LegReply, cancelled: boolean): Promise<void> {
    if (cancelled) {
      // The answer crossed the CANCEL: one side has changed the session, the other has not.
      reply.acknowledge(nothing)
      this.#teardown.byGate('session_diverged')
    } else if (hasSession(request.message)) reply.acknowledge(nothing)
    else {
      const ack = await request.acknowledged
      reply.acknowledge(ack ? passing(ack, 'ack') : nothing)
    }
  }
}

function answerOf({ method, message }: LegRequest, reply: LegReply, ownS: number): Answer {
  const answer = passedAnswer(reply)
  const isRefresh = (method === 'INVITE' || method === 'UPDATE') && reply.status < 300
  const timer = isRefresh ? sessionAnswer(message, ownS) : {}
  return { ...answer, headers: { ...answer.headers, ...timer } }
}

/** RFC 3261 12.2.1.2: 481 and 408 to a request in a dialog end it; our own impatience does not. */
function isEndOfCall(method: string, reply: LegReply): boolean {
  if (!callMethods.has(method)) return false
  return reply.status === 481 || (reply.status === 408 && reply.message !== undefined)
}
