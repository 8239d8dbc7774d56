import { sequenceOf } from '../dialog/dialog.ts'
import { dialogIdOf } from '../dialog/dialog-id.ts'
import { contactUri } from '../dialog/route-set.ts'
import { dispatch } from '../dispatch/dispatch.ts'
import { firstHeader, listHeader } from '../message/headers.ts'
import type { Request } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { parseSeconds } from '../message/session-expires.ts'
import { fromTag, toTag } from '../message/tags.ts'
import { isToken } from '../message/text.ts'
import { uriScheme } from '../message/uri.ts'
import { relayAck, relayRequest } from '../proxy/relay.ts'
import type { ServerTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'
import { deliver, deliverNew } from './deliver.ts'
import { receiveInDialog } from './inbound-dialog.ts'
import {
  finishInbound,
  intervalTooSmall,
  noSuchCall,
  openInbound,
  refuse,
  retryAfter,
  type Status,
  terminated,
} from './pending.ts'
import { isTooShort, minSe } from './session.ts'
import type { Stack } from './stack.ts'
import { legOfNotify } from './subscription.ts'

/** Requests that apps are offered outside a dialog (PROTOCOL 11). */
const offered = new Set([
  ...['INVITE', 'REGISTER', 'MESSAGE', 'OPTIONS', 'INFO', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH'],
])

/** Requests that mean nothing without the dialog they belong to (PROTOCOL 7). */
const inDialogOnly = new Set(['BYE', 'UPDATE', 'PRACK', 'REFER'])

/** Request-URIs that mean something to a gate of telephone calls; RFC 3261 8.2.2.1 for the rest. */
const knownSchemes = new Set(['sip', 'sips', 'tel', 'urn'])

/** Takes a request that opened a server transaction: RFC 3261 8.2 and 12.2.2. */
export function receiveRequest(stack: Stack, transaction: ServerTransaction) {
  const request = transaction.arrival.message
  const callId = firstHeader(request, 'Call-ID') ?? ''
  const caller = fromTag(request)
  const callee = toTag(request)
  // A '|' in an id would shift the fields of the frames that name it.
  if (callId.includes('|') || (caller !== '' && !isToken(caller))) {
    return refuse(stack, transaction, { code: 400, reason: 'Bad Request' })
  }
  if (callee === '') return receiveNew(stack, transaction, dialogIdOf(callId, caller))
  const leg =
    stack.legs.find(callId, callee, caller) ??
    legOfNotify(stack, transaction.arrival, dialogIdOf(callId, callee))
  // RFC 3261 12.2.2: with a To tag that is not ours it belongs to a call we don't know.
  if (!leg) return relayRequest(stack, transaction) || refuse(stack, transaction, noSuchCall)
  receiveInDialog(stack, leg, transaction)
}

function receiveNew(stack: Stack, transaction: ServerTransaction, dialogId: string) {
  const { message: request } = transaction.arrival
  const { method } = request
  const opens = method === 'INVITE' || method === 'SUBSCRIBE' ? dialogId : ''
  const refusal = refusalOf(stack, request, opens)
  if (refusal) return refuse(stack, transaction, refusal)
  if (isTooShort(request)) return refuse(stack, transaction, intervalTooSmall, [minSe])
  if (isFull(stack)) return refuseOverload(stack, transaction)
  const { dispatcher } = stack
  if (dispatcher?.handles(request)) return dispatch(stack, dispatcher, { transaction, opens })
  const owner = stack.roster.pick(method)
  if (!owner) return refuseUnserved(stack, transaction)
  openInbound(stack, transaction, { owner, opens, leg: undefined })
  deliverNew(stack, owner, transaction)
  if (method === 'INVITE') stack.records.attempt('network', request)
}

function refusalOf(stack: Stack, request: Request, opens: string): Status | undefined {
  const { method } = request
  if (inDialogOnly.has(method)) return noSuchCall
  // RFC 3261 21.5.2.
  if (!offered.has(method)) return { code: 501, reason: 'Not Implemented' }
  const scheme = uriScheme(request.uri)
  if (scheme === undefined || !knownSchemes.has(scheme)) {
    return { code: 416, reason: 'Unsupported URI Scheme' }
  }
  if (method === 'REGISTER' && !hasBindings(request)) {
    return { code: 400, reason: 'Malformed Contact' }
  }
  if (opens === '') return undefined
  // RFC 3261 8.1.1.8: without a Contact there is nobody to send requests to.
  if (!contactUri(request)) return { code: 400, reason: 'Missing Contact' }
  // Two calls of one id could not be told apart by the app (PROTOCOL 6).
  if (stack.opening.has(opens) || stack.legs.byId(opens)) {
    return { code: 491, reason: 'Request Pending' }
  }
  return undefined
}

/** RFC 3261 10.2.2: the asterisk stands alone, and only to remove all bindings. */
function hasBindings(request: Request): boolean {
  const contacts = listHeader(request, 'Contact')
  if (!contacts.every(isBinding)) return false
  if (!contacts.includes('*')) return true
  return contacts.length === 1 && parseSeconds(firstHeader(request, 'Expires') ?? '') === 0
}

/** RFC 3261 10.2.2, 20.10: an address, or the asterisk that stands for all of them. */
function isBinding(contact: string): boolean {
  return contact === '*' || parseNameAddr(contact) !== undefined
}

function isFull(stack: Stack): boolean {
  const { limits, inbound, legs } = stack
  return inbound.size >= limits.pendingRequestsMax || legs.size >= limits.dialogsMax
}

/** RFC 3261 9.2: the layer has answered the CANCEL, the INVITE gets 487 and the app is told. */
export function receiveCancel(stack: Stack, invite: ServerTransaction, cancel: Arrival<Request>) {
  const inbound = stack.inbound.get(invite.id)
  if (!inbound) return stack.proxies.get(invite.id)?.cancel()
  const dialogId = inbound.touched ? inbound.opens || (inbound.leg?.dialog.id ?? '') : ''
  finishInbound(stack, inbound, terminated)
  deliver(stack, inbound.owner, cancel, { transactionId: invite.id, dialogId })
}

/** An ACK to a 2xx of ours. A repeated one, or a stray one, is nobody's: RFC 3261 13.3.1.4. */
export function receiveAck(stack: Stack, ack: Arrival<Request>) {
  const callId = firstHeader(ack.message, 'Call-ID') ?? ''
  const leg = stack.legs.find(callId, toTag(ack.message), fromTag(ack.message))
  if (!leg) return relayAck(stack, ack)
  const awaited = leg.awaitedAck
  if (!awaited || awaited.sequence !== sequenceOf(ack.message)) return
  awaited.repetition.stop()
  leg.awaitedAck = undefined
  // RFC 3261 13.2.1: the answer to an offer in a 2xx is in its ACK.
  if (leg.openOffer === 'ours') leg.openOffer = undefined
  const ids = { transactionId: awaited.transactionId, dialogId: leg.dialog.id }
  deliver(stack, leg.owner, ack, ids)
  leg.afterAck?.()
}

function refuseOverload(stack: Stack, transaction: ServerTransaction): void {
  refuse(stack, transaction, { code: 503, reason: 'Service Unavailable' }, [retryAfter(stack)])
}

/**
 * Nobody serves this method. A call is refused with 503, so that a proxy tries elsewhere; for the
 * rest RFC 3261 8.2.1 wants 405 with what is served, if anything is.
 */
function refuseUnserved(stack: Stack, transaction: ServerTransaction) {
  const served = [...offered].filter((method) => stack.roster.serves(method))
  if (transaction.arrival.message.method === 'INVITE' || served.length === 0) {
    return refuse(stack, transaction, { code: 503, reason: 'Service Unavailable' })
  }
  const allow = { name: 'Allow', value: [...served, 'ACK', 'BYE', 'CANCEL'].join(', ') }
  refuse(stack, transaction, { code: 405, reason: 'Method Not Allowed' }, [allow])
}
