import type { Abandonment, InboundCall } from '../sip/inbound-call.ts'
import { plainAnswer } from '../sip/messages.ts'
import type { CallEnd } from './relayed-call.ts'

/** How a call ends that nobody has answered. */
export function unanswered(endedBy: CallEnd['endedBy'], cause: string, status: number): CallEnd {
  return { endedBy, cause, status, durationMs: 0 }
}

/** The end of a call whose engine is gone. */
export const engineLost = unanswered('gate', 'engine_lost', 500)

/** How a call ends that its caller gave up, or the engine. */
export function abandonedEnd({ cause }: Abandonment): CallEnd {
  if (cause === 'cancelled' || cause === 'connection_lost') return unanswered('caller', cause, 487)
  if (cause === 'prack_timeout') return unanswered('gate', cause, 504)
  return cause === 'answer_timeout' ? unanswered('gate', cause, 500) : engineLost
}

/** How a call ends whose caller could not be given the answer: it was gone, or the answer not sent. */
export function unheardEnd({ abandonment }: Pick<InboundCall, 'abandonment'>): CallEnd {
  return abandonment ? abandonedEnd(abandonment) : unanswered('gate', 'answer_not_sent', 500)
}

/** Tells the caller that somebody ends the call before it is answered; the end, and its Reason value. */
export function endUnanswered(
  inbound: Pick<InboundCall, 'refuse'>,
  cause: string,
): { readonly end: CallEnd; readonly reason: string } {
  const reason = `SIP;cause=480;text="${cause}"`
  inbound.refuse(plainAnswer(480, 'Temporarily Unavailable', { Reason: reason }))
  return { end: unanswered('gate', cause, 480), reason }
}

/** RFC 3261 13.3.1 step 1: tells the caller that its invitation is good no longer; the end, and its Reason value. */
export function endExpired(inbound: Pick<InboundCall, 'refuse'>) {
  inbound.refuse(plainAnswer(487, 'Request Terminated'))
  return { end: unanswered('caller', 'expired', 487), reason: 'SIP;cause=487;text="expired"' }
}
