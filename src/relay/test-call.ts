import type { Candidate, CarrierId, GatewayId } from '../domain/carrier.ts'
import type { Clock } from '../kernel/clock.ts'
import type { InboundCall } from '../sip/inbound-call.ts'
import type { Leg } from '../sip/leg.ts'
import type { LegRequest } from '../sip/leg-request.ts'
import { terminated } from '../sip/leg-transaction.ts'
import { type Answer, type Payload, plainAnswer } from '../sip/messages.ts'
import type { RawMessage } from '../sip/raw-message.ts'
import { hasSession, sessionOf } from '../sip/session-body.ts'
import type { CallControl } from './call-control.ts'
import { abandonedEnd, endUnanswered, unanswered, unheardEnd } from './call-end.ts'
import type { CallEnd, RelayEvents } from './relayed-call.ts'
import { Teardown } from './teardown.ts'
import { silentAnswer, silentOffer, testPlan } from './test-answer.ts'

/** How long the built-in callee lets it ring before it answers or declines. */
const ringMs = 1_000
/** How long a call rings that is never answered. */
const neverMs = 60_000

/** Stands for the built-in callee where events name a gateway. */
const testCandidate: Candidate = {
  carrierId: 'test' as CarrierId,
  gateway: { id: 'test' as GatewayId, host: 'localhost', port: 0, transport: 'udp' },
  noAnswerTimeoutMs: neverMs,
  ringTimeoutMs: neverMs,
}

/** An admitted call of a test key. */
export interface TestCall {
  readonly inbound: InboundCall
  /** The number called: its last digits say what comes of the call. */
  readonly called: string
  readonly durationMaxMs: number
  readonly control: CallControl
  readonly events: RelayEvents
  readonly clock: Clock
}

/**
 * Answers a call of a test key without any carrier: it rings, is taken, and is silent until the
 * caller hangs up. Never rejects; the caller's leg is ended when it resolves.
 */
export async function answerTestCall(call: TestCall): Promise<CallEnd> {
  const { inbound, events, called } = call
  const plan = testPlan(called)
  events.dialled(testCandidate, 1)
  if (plan.kind !== 'refuse' || plan.rings) {
    events.ringing(testCandidate, 180)
    inbound.ring(plainAnswer(180, 'Ringing'))
  }
  const stopped = await waitOr(call, plan.kind === 'never' ? neverMs : ringMs)
  if (stopped) return stopped
  if (plan.kind === 'refuse') return decline(inbound, plan)
  if (plan.kind === 'never') return decline(inbound, { status: 408, phrase: 'Request Timeout' })
  const payload = answerTo(inbound.message, 1)
  return payload ? talk(call, payload) : decline(inbound, notAcceptable)
}

const notAcceptable = { status: 488, phrase: 'Not Acceptable Here' } as const

/** Undefined once the time is up; else how the call ended before. */
function waitOr({ inbound, control, clock }: TestCall, delayMs: number) {
  return new Promise<CallEnd | undefined>((resolve) => {
    const timer = clock.after(delayMs, () => resolve(undefined))
    inbound.onAbandoned((abandonment) => {
      timer.cancel()
      resolve(abandonedEnd(abandonment))
    })
    control.onHangUp((cause) => {
      timer.cancel()
      resolve(endUnanswered(inbound, cause).end)
    })
  })
}

function decline(inbound: InboundCall, { status, phrase }: { status: number; phrase: string }) {
  inbound.refuse(plainAnswer(status, phrase))
  return unanswered('callee', 'rejected', status)
}

async function talk(call: TestCall, payload: Payload): Promise<CallEnd> {
  const { inbound, events } = call
  try {
    const { leg } = await inbound.answer(payload)
    events.answered(testCandidate)
    const teardown = new Teardown(call, leg, silentLeg)
    let version = 1
    leg.attach({
      onRequest: (request) => request.respond(replyTo(request, ++version)),
      onEnded: (end) => teardown.byLeg('caller', end),
    })
    teardown.listen()
    return await teardown.ended
  } catch {
    return unheardEnd(inbound)
  }
}

/** The leg that is not there. */
const silentLeg: Leg = {
  attach: () => undefined,
  request: () => terminated,
  bye: () => undefined,
}

function replyTo({ method, message }: LegRequest, version: number): Answer {
  if (method === 'INVITE' || (method === 'UPDATE' && hasSession(message))) {
    const payload = answerTo(message, version)
    if (!payload) return plainAnswer(notAcceptable.status, notAcceptable.phrase)
    return { status: 200, phrase: 'OK', ...payload }
  }
  if (method === 'UPDATE' || method === 'INFO') return plainAnswer(200, 'OK')
  // RFC 3262 3: no reliable response of ours is there to be acknowledged.
  if (method === 'PRACK') return plainAnswer(481, 'Call/Transaction Does Not Exist')
  return plainAnswer(403, 'Not In A Test Call')
}

/** What goes with a 200; undefined where the offer cannot be taken. */
function answerTo(message: RawMessage, version: number): Payload | undefined {
  const offer = sessionOf(message)
  const body = offer ? silentAnswer(offer.text, version) : silentOffer(version)
  return body === undefined ? undefined : { headers: { 'Content-Type': 'application/sdp' }, body }
}
