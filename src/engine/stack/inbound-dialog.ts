import { sequenceOf } from '../dialog/dialog.ts'
import { firstHeader } from '../message/headers.ts'
import type { Request } from '../message/message.ts'
import { parseRAck } from '../message/rack.ts'
import type { ServerTransaction } from '../transaction/types.ts'
import { noteHeard } from './client-invite.ts'
import { deliver } from './deliver.ts'
import { dropLeg } from './leg.ts'
import {
  callOff,
  finishInbound,
  intervalTooSmall,
  noSuchCall,
  openInbound,
  refuse,
  retryAfter,
  type Status,
  serverError,
  terminated,
} from './pending.ts'
import { isTooShort, minSe } from './session.ts'
import type { InboundRequest, Leg, Stack } from './stack.ts'
import { renewSubscription } from './subscription.ts'

const requestPending: Status = { code: 491, reason: 'Request Pending' }

/** Takes a request in a dialog and hands it to the dialog's owner: RFC 3261 12.2.2. */
export function receiveInDialog(stack: Stack, leg: Leg, transaction: ServerTransaction) {
  const { arrival } = transaction
  const { method } = arrival.message
  noteHeard(leg)
  if (leg.state === 'ending' || !leg.owner.alive) return receiveWhileEnding(stack, leg, transaction)
  // RFC 3261 12.2.2: a number that is not higher belongs to something older.
  if (!leg.dialog.acceptSequence(sequenceOf(arrival.message))) {
    return refuse(stack, transaction, serverError)
  }
  if (method === 'BYE' && leg.state === 'early') return endEarly(stack, leg, transaction)
  if (method === 'INVITE' || method === 'UPDATE') {
    const clash = clashOf(leg, arrival.message)
    if (clash === 'theirs') return refuse(stack, transaction, serverError, [retryAfter(stack)])
    if (clash === 'ours') return refuse(stack, transaction, requestPending)
  }
  if (isTooShort(arrival.message)) return refuse(stack, transaction, intervalTooSmall, [minSe])
  // RFC 3262 3: a PRACK that acknowledges nothing of ours is answered 481.
  if (method === 'PRACK' && !acknowledged(leg, arrival.message)) {
    return refuse(stack, transaction, noSuchCall)
  }
  const inbound = openInbound(stack, transaction, { owner: leg.owner, opens: '', leg })
  if (method === 'INVITE') leg.inboundInvite = inbound
  if (method === 'UPDATE') leg.inboundUpdate = inbound
  deliver(stack, leg.owner, arrival, { transactionId: transaction.id, dialogId: leg.dialog.id })
  if (method === 'BYE') {
    endPending(stack, leg)
    stack.records.stop('network', arrival.message, 'normal-release')
  }
  if (method === 'NOTIFY') renewSubscription(stack, leg, arrival.message, method)
  if (method === 'PRACK') leg.reliable?.release()
}

function acknowledged(leg: Leg, prack: Request): boolean {
  const rack = parseRAck(firstHeader(prack, 'RAck') ?? '')
  if (!rack || !leg.reliable?.acknowledge(rack)) return false
  // RFC 3262 5: the answer to an offer in a reliable response is in its PRACK.
  if (leg.openOffer === 'ours' && prack.body.length > 0) leg.openOffer = undefined
  return true
}

/**
 * Whether an INVITE or UPDATE comes while another one is open: `theirs` before we have answered
 * their last one, `ours` while they have not answered ours. RFC 3261 14.2, RFC 3311 5.2; an INVITE may
 * pass an UPDATE that offers nothing.
 */
function clashOf(leg: Leg, request: Request): 'theirs' | 'ours' | undefined {
  if (request.method === 'INVITE') {
    if (leg.inboundInvite || offers(leg.inboundUpdate)) return 'theirs'
    if (leg.outboundInvite || leg.outboundUpdate === 'offer') return 'ours'
    // RFC 5407 3.1.5: their ACK, which has the answer to our offer, is lost or late.
    return leg.openOffer
  }
  if (leg.inboundUpdate) return 'theirs'
  if (leg.outboundUpdate) return 'ours'
  // An UPDATE with an offer clashes with any other offer that is not answered.
  if (request.body.length === 0) return undefined
  if (leg.openOffer) return leg.openOffer
  if (leg.state === 'early') return undefined
  if (leg.inboundInvite) return 'theirs'
  return leg.outboundInvite ? 'ours' : undefined
}

function offers(update: InboundRequest | undefined): boolean {
  return update !== undefined && update.transaction.arrival.message.body.length > 0
}

/** RFC 3261 15.1.2: what is pending when a BYE comes is answered with 487. */
function endPending(stack: Stack, leg: Leg): void {
  const invite = leg.inboundInvite
  if (invite) finishInbound(stack, invite, terminated)
}

/** Our own BYE is on its way, or waits for an ACK: the peer's is welcome, nothing else is. */
function receiveWhileEnding(stack: Stack, leg: Leg, transaction: ServerTransaction): void {
  const isBye = transaction.arrival.message.method === 'BYE'
  refuse(stack, transaction, isBye ? { code: 200, reason: 'OK' } : noSuchCall)
  if (isBye && leg.state !== 'ending') dropLeg(stack, leg)
}

/**
 * RFC 3261 15 lets the caller end an early dialog by BYE. To the app that is a call that was
 * cancelled, which is how it is told; a callee may not do it.
 */
function endEarly(stack: Stack, leg: Leg, bye: ServerTransaction) {
  const invite = leg.dialog.side === 'uas' ? leg.inboundInvite : undefined
  if (!invite) return refuse(stack, bye, noSuchCall)
  refuse(stack, bye, { code: 200, reason: 'OK' })
  const reasons = bye.arrival.message.headers.filter((header) => header.name === 'Reason')
  callOff(stack, invite, { status: terminated, arrival: bye.arrival, reasons })
}
