import type { Random } from '../kernel/random.ts'
import { retrySoon } from '../sip/exchange.ts'
import type { LegRequest } from '../sip/leg-request.ts'
import type { PendingRequest } from '../sip/leg-transaction.ts'
import { nothing, type Payload, plainAnswer } from '../sip/messages.ts'
import type { Acknowledgement } from '../sip/reliable-ringing.ts'
import { nextHop, passing } from './headers.ts'
import { obstacleTo } from './obstacle.ts'
import { passedAnswer } from './passed-answer.ts'

/** The other side of a call that is not answered yet. */
export interface EarlySide {
  /** Sends a request in the early dialog; undefined while none can be used. */
  request(method: string, payload: Payload): PendingRequest | undefined
}

/** Methods that mean something before the answer, BYE and PRACK apart. RFC 3311, RFC 6086. */
const passed: ReadonlySet<string> = new Set(['UPDATE', 'INFO', 'MESSAGE', 'OPTIONS', 'NOTIFY'])

/** Passes a request that comes before the answer to the other side, and its answer back. */
export function passEarly(request: LegRequest, to: EarlySide, random: Random) {
  const { method, message } = request
  const obstacle = obstacleTo(message)
  if (obstacle) return request.respond(obstacle)
  const sent = passed.has(method) ? to.request(method, nextHop(message)) : undefined
  // RFC 3311 5.2: later there is a dialog on the other side, or an answer.
  if (!sent) return request.respond(plainAnswer(500, 'Not Yet Answered', retrySoon(random)))
  passAnswer(request, sent)
}

/** How a callee's reliable response is acknowledged: by the caller's PRACK, or else by ours. */
export function acknowledgementBy(
  acknowledge: (payload: Payload) => PendingRequest,
): Acknowledgement {
  return {
    // RFC 3262 5: offer and answer may be in PRACK and its 2xx.
    onPrack: (prack) => passAnswer(prack, acknowledge(passing(prack.message, 'ack'))),
    withoutPrack: () => void acknowledge(nothing),
  }
}

function passAnswer(request: LegRequest, sent: PendingRequest): void {
  void sent.final.then((reply) => request.respond(passedAnswer(reply)))
}
