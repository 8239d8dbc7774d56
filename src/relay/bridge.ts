import type { Candidate } from '../domain/carrier.ts'
import type { AnsweredLeg } from '../sip/inbound-call.ts'
import { nothing } from '../sip/messages.ts'
import type { RawMessage } from '../sip/raw-message.ts'
import { hasSession } from '../sip/session-body.ts'
import type { AttemptOutcome } from './attempt.ts'
import { unheardEnd } from './call-end.ts'
import { passing } from './headers.ts'
import { InDialogRelay } from './in-dialog.ts'
import type { CallEnd, RelayedCall } from './relayed-call.ts'
import { sessionAnswer } from './session-timer.ts'
import { Teardown } from './teardown.ts'

type Answered = Extract<AttemptOutcome, { kind: 'answered' }>

/** Joins the callee's leg with the caller's, and stays until the call has ended. */
export async function bridgeCall(
  call: RelayedCall,
  candidate: Candidate,
  callee: Answered,
): Promise<CallEnd> {
  const { inbound } = call
  // RFC 3261 13.2.2.4: without an offer in the INVITE, the answer is in the ACK, and it is the
  // caller's to give: the callee's ACK waits for it.
  const offerInAnswer = !hasSession(inbound.message) && hasSession(callee.message)
  if (!offerInAnswer) callee.acknowledge(nothing)
  const caller = await answerCaller(call, callee)
  if (!caller) {
    callee.acknowledge(nothing)
    callee.leg.bye({})
    // RFC 3261 9.1: the CANCEL may have crossed the answer.
    return unheardEnd(inbound)
  }
  call.events.answered(candidate)
  if (offerInAnswer) void caller.acknowledged.then((ack) => callee.acknowledge(ackOf(ack)))
  const teardown = new Teardown(call, caller.leg, callee.leg)
  const relay = new InDialogRelay(call, teardown)
  relay.join(caller.leg, callee.leg)
  teardown.listen()
  return teardown.ended
}

function ackOf(ack: RawMessage | undefined) {
  return ack ? passing(ack, 'ack') : nothing
}

async function answerCaller(
  { inbound, settings }: RelayedCall,
  callee: Answered,
): Promise<AnsweredLeg | undefined> {
  try {
    const { headers, body } = passing(callee.message, 'inviteResponse')
    return await inbound.answer({
      headers: { ...headers, ...sessionAnswer(inbound.message, settings.sessionExpiresS) },
      body,
    })
  } catch {
    return undefined
  }
}
