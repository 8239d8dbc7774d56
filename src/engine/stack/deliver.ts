import type { Request, Response } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import type { MessageFacts } from '../protocol/frame-text.ts'
import type { Client } from '../protocol/types.ts'
import type { ClientTransaction, ServerTransaction } from '../transaction/types.ts'
import type { Arrival, Destination } from '../transport/types.ts'
import { ownResponse } from './build-response.ts'
import type { Stack } from './stack.ts'

/** Under which ids a message is handed to an app. */
export interface DeliveryIds {
  readonly transactionId: string
  /** '' where PROTOCOL 5 leaves the field empty. */
  readonly dialogId: string
}

/** The transaction id of requests that the engine sends by itself (PROTOCOL 8). */
const unsolicited = 'unsolicited'

/** Hands a new request to an app: outside any dialog, with what it was received on. */
export function deliverNew(stack: Stack, client: Client, transaction: ServerTransaction): void {
  const { arrival } = transaction
  const facts = networkFacts(arrival, { transactionId: transaction.id, dialogId: '' })
  const head = stack.frames.newRequest(facts, arrival.listener, arrival.certificate)
  client.send(head, serialize(arrival.message))
}

/** Hands anything else from the network to an app. */
export function deliver(stack: Stack, client: Client, arrival: Arrival, ids: DeliveryIds): void {
  if (!client.alive) return
  client.send(stack.frames.message(networkFacts(arrival, ids)), serialize(arrival.message))
}

/** A response that nobody sent: what a request of ours ends in when no answer can come. */
export interface Outcome {
  readonly status: number
  readonly reason: string
  readonly protocol: string
}

/** Hands an app a final response made here, in the form of PROTOCOL 5: size 0, from nowhere. */
export function deliverOutcome(
  stack: Stack,
  client: Client,
  end: { readonly request: Request; readonly outcome: Outcome; readonly ids: DeliveryIds },
): Response {
  const { status: code, reason, protocol } = end.outcome
  const tag = stack.random.hex(8)
  const response: Response = ownResponse(end.request, { code, reason, tag })
  const facts: MessageFacts = {
    ...end.ids,
    source: 'network',
    size: 0,
    protocol,
    address: '',
    port: 0,
  }
  if (client.alive) client.send(stack.frames.message(facts), serialize(response))
  return response
}

/** Tells an app of a BYE that the engine has sent by itself. */
export function deliverOwnBye(
  stack: Stack,
  client: Client,
  sent: { readonly transaction: ClientTransaction; readonly dialogId: string },
): void {
  const { bytes, destination } = sent.transaction
  const ids = { transactionId: unsolicited, dialogId: sent.dialogId }
  client.send(stack.frames.message(sentFacts(stack, destination, ids, bytes.length)), bytes)
}

/**
 * The same of one that could not leave, since nothing leads to the peer any more: its dialog is over, and
 * whoever is told of nothing would keep the other side of the call.
 */
export function deliverUnsentBye(
  stack: Stack,
  client: Client,
  unsent: { readonly request: Request; readonly to: Destination; readonly dialogId: string },
): void {
  const ids = { transactionId: unsolicited, dialogId: unsent.dialogId }
  const facts = sentFacts(stack, unsent.to, ids, 0)
  client.send(stack.frames.message(facts), serialize(unsent.request))
}

/** Replies to a request frame with the message as sent (PROTOCOL 4.3). */
export function replySent(
  stack: Stack,
  client: Client,
  sent: {
    readonly frameId: string
    readonly transactionId: string
    readonly destination: Destination
    readonly bytes: Buffer
    /** Size on the wire: 0 for a CANCEL that is held back. */
    readonly size: number
  },
): void {
  const ids = { transactionId: sent.transactionId, dialogId: '' }
  const facts = sentFacts(stack, sent.destination, ids, sent.size)
  client.send(stack.frames.requestSent(sent.frameId, facts), sent.bytes)
}

/** Where a request left from for UDP, where it went for TCP: PROTOCOL 4.3, fields 6 to 8. */
function sentFacts(
  stack: Stack,
  destination: Destination,
  ids: DeliveryIds,
  size: number,
): MessageFacts {
  const isUdp = destination.protocol === 'udp'
  const from = (isUdp && stack.transport.listenerFor(destination)) || destination
  return {
    ...ids,
    source: 'application',
    size,
    protocol: destination.protocol,
    address: from.address,
    port: from.port,
  }
}

function networkFacts(arrival: Arrival, ids: DeliveryIds): MessageFacts {
  const { source, size } = arrival
  return {
    ...ids,
    source: 'network',
    size,
    protocol: source.protocol,
    address: source.address,
    port: source.port,
  }
}
