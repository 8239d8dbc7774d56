import { sequenceOf } from '../dialog/dialog.ts'
import type { Header, Request } from '../message/message.ts'
import type { Client } from '../protocol/types.ts'
import type { ServerTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'
import { newTag } from './build-request.ts'
import { ownResponse } from './build-response.ts'
import { deliver } from './deliver.ts'
import { dropLeg } from './leg.ts'
import type { InboundRequest, Leg, Stack } from './stack.ts'

/** A status for a response of our own. */
export interface Status {
  readonly code: number
  readonly reason: string
}

/** RFC 3261 12.2.2 and 15.1.2: what does not exist here. */
export const noSuchCall: Status = { code: 481, reason: 'Call/Transaction Does Not Exist' }

/** RFC 3261 15.1.2 and 9.2: an INVITE that came to nothing. */
export const terminated: Status = { code: 487, reason: 'Request Terminated' }

/** RFC 3261 21.5.1: what is ours to blame. */
export const serverError: Status = { code: 500, reason: 'Server Internal Error' }
/** RFC 4028 6: the interval asked for is shorter than we take. */
export const intervalTooSmall: Status = { code: 422, reason: 'Session Interval Too Small' }

/** Longest wait that a refused sender is asked for, seconds; what it gets is random. */
const retryAfterMaxS = 10

/** Who has to answer a request, and what it is to a dialog. */
export interface InboundUse {
  readonly owner: Client
  /** The id of the dialog that it would open, or ''. */
  readonly opens: string
  /** The dialog it came in. */
  readonly leg: Leg | undefined
}

/** Remembers a request that an app is about to get. */
export function openInbound(
  stack: Stack,
  transaction: ServerTransaction,
  use: InboundUse,
): InboundRequest {
  const { method } = transaction.arrival.message
  const waitMs = method === 'INVITE' ? stack.times.inviteAnswerMs : stack.times.answerMs
  const inbound: InboundRequest = {
    transaction,
    method,
    owner: use.owner,
    opens: use.opens,
    leg: use.leg,
    localTag: transaction.tag,
    touched: false,
    reliable: undefined,
    dueMs: stack.clock.monotonic() + waitMs,
  }
  stack.inbound.set(transaction.id, inbound)
  stack.load.unheard += 1
  if (use.opens !== '') stack.opening.set(use.opens, inbound)
  return inbound
}

/** The app has said something about a request, or need not any more. */
export function hear(stack: Stack, inbound: InboundRequest): void {
  if (inbound.touched) return
  inbound.touched = true
  stack.load.unheard -= 1
}

/** Refuses a request that no app has seen. */
export function refuse(
  stack: Stack,
  transaction: ServerTransaction,
  status: Status,
  extraHeaders: readonly Header[] = [],
): void {
  const full = { ...status, tag: newTag(stack.random) }
  transaction.respond(ownResponse(transaction.arrival.message, full, extraHeaders))
}

/** A random Retry-After, so that not all come back at once. */
export function retryAfter(stack: Stack): Header {
  return { name: 'Retry-After', value: String(stack.random.below(retryAfterMaxS + 1)) }
}

/** Answers a pending request finally, in its app's place, and forgets it. */
export function finishInbound(
  stack: Stack,
  inbound: InboundRequest,
  status: Status,
  extraHeaders: readonly Header[] = [],
): void {
  const { transaction } = inbound
  const { message } = transaction.arrival
  const full = { ...status, tag: inbound.localTag }
  const response = ownResponse(message, full, extraHeaders)
  transaction.respond(response)
  settle(stack, inbound, status.code)
  if (inbound.method !== 'INVITE' || inbound.opens === '') return
  // PROTOCOL 14: of a call that its caller has cancelled the record is the INVITE.
  if (status.code === terminated.code) stack.records.stop('network', message, 'call-canceled')
  else stack.records.stop('application', response, 'system-error-initiated-termination')
}

/** Forgets a request that no app has said anything about, and lets its sender hear nothing. */
export function dropInbound(stack: Stack, inbound: InboundRequest): void {
  const { transaction, method, opens } = inbound
  transaction.drop()
  settle(stack, inbound, terminated.code)
  if (method !== 'INVITE' || opens === '') return
  stack.records.stop('network', transaction.arrival.message, 'call-rejected')
}

/** Forgets a request that has its final response; a refused INVITE's early dialog goes with it. */
export function settle(stack: Stack, inbound: InboundRequest, status: number): void {
  stack.inbound.delete(inbound.transaction.id)
  hear(stack, inbound)
  const { leg, opens } = inbound
  inbound.reliable?.finish()
  if (leg?.inboundInvite === inbound) leg.inboundInvite = undefined
  if (leg?.inboundUpdate === inbound) leg.inboundUpdate = undefined
  if (opens === '') return
  if (stack.opening.get(opens) === inbound) stack.opening.delete(opens)
  if (leg && status >= 300) dropLeg(stack, leg)
}

/** How an INVITE ends that its app has not answered. */
export interface CallOff {
  readonly status: Status
  /** What of its sender's ended it; undefined: nothing, it is the engine's doing. */
  readonly arrival?: Arrival<Request>
  readonly reasons: readonly Header[]
}

/** Answers an INVITE in its app's place and tells the app of a CANCEL, which is what it amounts to. */
export function callOff(stack: Stack, invite: InboundRequest, how: CallOff): void {
  const { owner, leg, transaction } = invite
  const ids = { transactionId: transaction.id, dialogId: leg?.dialog.id ?? invite.opens }
  finishInbound(stack, invite, how.status)
  deliver(stack, owner, asCancel(transaction.arrival, how), ids)
}

/**
 * The CANCEL of an INVITE that its sender could have sent instead, RFC 3261 9.1. One that is the engine's
 * doing has no bytes on the wire, so that its app can tell it from whatever a sender may write.
 */
function asCancel(invite: Arrival<Request>, { arrival, reasons }: CallOff): Arrival<Request> {
  const taken = new Set(['Via', 'Max-Forwards', 'From', 'To', 'Call-ID'])
  const headers = invite.message.headers.filter((header) => taken.has(header.name))
  headers.push({ name: 'CSeq', value: `${sequenceOf(invite.message)} CANCEL` }, ...reasons)
  const body = Buffer.alloc(0)
  const message = { ...invite.message, method: 'CANCEL', headers, body }
  return { ...(arrival ?? { ...invite, size: 0 }), message }
}
