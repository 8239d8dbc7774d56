import { dialogFromRequest, sequenceOf, sourceOf } from '../dialog/dialog.ts'
import type { SessionTerms } from '../dialog/session-timer.ts'
import { firstHeader } from '../message/headers.ts'
import type { Header, Response } from '../message/message.ts'
import type { AppResponse, Client, SipCommand } from '../protocol/types.ts'
import { contactOf } from './app-headers.ts'
import { buildResponse, chosenTag } from './build-response.ts'
import { guardAccept } from './goodbye.ts'
import { dropLeg, newLeg } from './leg.ts'
import { callOff, hear, settle } from './pending.ts'
import { names100rel, ReliableResponses } from './reliable.ts'
import { secured } from './secure-contact.ts'
import {
  answerSession,
  applyTerms,
  describes,
  rememberLocal,
  type SessionAnswer,
} from './session.ts'
import type { InboundRequest, Leg, Stack } from './stack.ts'
import { isLastNotify, keepSubscription, renewSubscription } from './subscription.ts'

/** Requests whose Contact becomes the dialog's remote target: RFC 3261 12.2, 3311, 6665, 3515. */
export const targetRefreshers = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER'])

/** Requests whose 2xx remembers the connection that they came on. */
const remembered = new Set(['REGISTER', 'SUBSCRIBE'])

const transactionIdBytes = 12

const unknownTransaction = 'Response not sent due to unknown transaction'

/** Sends an app's response to a request it was given, and replies with it as sent (PROTOCOL 4.4). */
export function sendResponse(
  stack: Stack,
  client: Client,
  command: SipCommand,
  message: AppResponse,
) {
  const inbound = stack.inbound.get(command.transactionId)
  const refusal = refusalOf(client, inbound, message)
  if (!inbound || refusal !== undefined) {
    return client.send(stack.frames.reply(command.frameId, 'NOK', refusal))
  }
  if (!inbound.touched) {
    inbound.localTag = chosenTag(message) ?? inbound.localTag
    hear(stack, inbound)
  }
  const answer = { client, frameId: command.frameId, inbound, message }
  if (!inbound.reliable?.holds(message.status, isReliable(inbound, message))) {
    return answerNow(stack, answer)
  }
  const decline = () => client.send(stack.frames.reply(command.frameId, 'NOK', unknownTransaction))
  const waits = inbound.reliable.wait({
    status: message.status,
    described: message.body.length > 0,
    send: () => answerNow(stack, answer),
    refuse: decline,
  })
  if (!waits) decline()
}

interface AppAnswer {
  readonly client: Client
  readonly frameId: string
  readonly inbound: InboundRequest
  readonly message: AppResponse
}

function answerNow(stack: Stack, { client, frameId, inbound, message }: AppAnswer): void {
  const { transaction } = inbound
  const reliable = isReliable(inbound, message) ? reliableOf(stack, inbound) : undefined
  const session = sessionAnswer(inbound, message)
  const headers = reliable ? reliableHeaders(reliable, message) : (session?.headers ?? [])
  const contact = contactFor(inbound, message.status)
  const said = session ? withoutSessionExpires(message) : message
  const response = buildResponse(said, inbound, { contact, headers })
  const bytes = transaction.respond(response)
  const described = message.body.length > 0
  const dialogId = follow(stack, inbound, {
    response,
    bytes,
    described,
    terms: session?.terms,
  })
  if (reliable && inbound.leg) inbound.leg.reliable = reliable
  if (message.status < 300 && inbound.leg && describes.has(inbound.method))
    rememberLocal(inbound.leg, response)
  reliable?.sent({ bytes, to: stack.layer.responseDestination(transaction), described })
  if (!isTerse(stack, client, response, inbound)) {
    const { protocol, address, port } = transaction.arrival.source
    const ids = { transactionId: transaction.id, dialogId }
    const facts = { ...ids, size: bytes.length, protocol, address, port }
    client.send(stack.frames.responseSent(frameId, { ...facts, source: 'application' }), bytes)
  }
  record(stack, inbound, response)
}

/**
 * Whether an app that asked for it by `terse` is spared hearing that its response has left: nothing
 * comes of a final one but of a 2xx to INVITE, which names a dialog.
 */
function isTerse(
  { roster }: Stack,
  client: Client,
  { status }: Response,
  { method }: InboundRequest,
): boolean {
  if (status < 200 || (status < 300 && method === 'INVITE')) return false
  return roster.has(client, 'terse')
}

/** PROTOCOL 14: the answer to an INVITE that opens a call begins the call or ends the attempt. */
function record({ records }: Stack, inbound: InboundRequest, response: Response): void {
  if (inbound.method !== 'INVITE' || inbound.opens === '' || response.status < 200) return
  if (response.status < 300) records.start('application', response, 'uas')
  else records.stop('application', response, 'call-rejected')
}

/** Why an app's response is not sent (PROTOCOL 4.6), or undefined. */
function refusalOf(
  client: Client,
  inbound: InboundRequest | undefined,
  message: AppResponse,
): string | undefined {
  if (!inbound || inbound.owner !== client || inbound.transaction.finished) {
    const cseq = firstHeader(message, 'CSeq') ?? ''
    return cseq.endsWith('CANCEL')
      ? '200 OK to incoming CANCEL is automatically generated by the stack'
      : unknownTransaction
  }
  if (message.status >= 200 || !names100rel(message, 'Require')) return undefined
  // RFC 3262 3: what cannot be sent reliably must not claim to be.
  const can = inbound.method === 'INVITE' && message.status > 100 && knows100rel(inbound)
  return can ? undefined : 'Remote endpoint does not support 100rel'
}

function knows100rel({ transaction }: InboundRequest): boolean {
  const { message } = transaction.arrival
  return names100rel(message, 'Supported') || names100rel(message, 'Require')
}

/** RFC 3262 3: a provisional response is reliable where the app or the INVITE wants it so. */
function isReliable(inbound: InboundRequest, message: AppResponse): boolean {
  if (inbound.method !== 'INVITE' || message.status <= 100 || message.status >= 200) return false
  const invite = inbound.transaction.arrival.message
  return names100rel(message, 'Require') || names100rel(invite, 'Require')
}

function reliableOf(stack: Stack, inbound: InboundRequest): ReliableResponses {
  const { arrival } = inbound.transaction
  inbound.reliable ??= new ReliableResponses(stack, sequenceOf(arrival.message), () => {
    // RFC 3262 3: what is never acknowledged ends in a 5xx.
    callOff(stack, inbound, {
      status: { code: 504, reason: 'Server Time-out' },
      reasons: [{ name: 'Reason', value: 'SIP;cause=504;text="PRACK timeout"' }],
    })
  })
  return inbound.reliable
}

function reliableHeaders(reliable: ReliableResponses, message: AppResponse): Header[] {
  const headers = [{ name: 'RSeq', value: String(reliable.nextRSeq()) }]
  if (!names100rel(message, 'Require')) headers.push({ name: 'Require', value: '100rel' })
  return headers
}

/** The Contact that a response has unless the app gives one (PROTOCOL 4.4). */
function contactFor(inbound: InboundRequest, status: number): string | undefined {
  if (inbound.opens !== '') {
    // RFC 3261 12.1.1: whatever opens a dialog has one, an 18x too; drachtio-server leaves it out.
    const opens = status > 100 && status < 300
    return opens ? contactOf(inbound.transaction.arrival.listener) : undefined
  }
  return inbound.method === 'INVITE' ? inbound.leg?.contact : undefined
}

/** What a 2xx to INVITE or UPDATE says of the session's time. */
function sessionAnswer(inbound: InboundRequest, message: AppResponse): SessionAnswer | undefined {
  const { method, transaction, leg } = inbound
  if (message.status < 200 || message.status >= 300) return undefined
  if (method !== 'INVITE' && (method !== 'UPDATE' || leg?.state !== 'confirmed')) return undefined
  return answerSession(transaction.arrival.message, message, leg?.session)
}

function withoutSessionExpires(message: AppResponse): AppResponse {
  const headers = message.headers.filter(({ name }) => name !== 'Session-Expires')
  return { ...message, headers }
}

interface SentAnswer {
  readonly response: Response
  readonly terms: SessionTerms | undefined
  readonly bytes: Buffer
  /** Whether it describes a session. */
  readonly described: boolean
}

/** What a response does to the dialog. Returns the dialog id that the reply names. */
function follow(stack: Stack, inbound: InboundRequest, sent: SentAnswer): string {
  const { status } = sent.response
  if (status > 100 && status < 300 && opensNow(inbound, status)) openLeg(stack, inbound)
  if (inbound.method === 'INVITE' && inbound.leg && status < 300) {
    answerOffer(inbound.leg, inbound, sent)
  }
  if (status < 200) {
    inbound.dueMs = stack.clock.monotonic() + stack.times.ringingMs
    return idFor(inbound)
  }
  if (status < 300) accept(stack, inbound, sent)
  if (status < 300 && remembered.has(inbound.method)) remember(stack, inbound, sent.response)
  settle(stack, inbound, status)
  if (inbound.opens === '' && inbound.leg && endsDialog(inbound, inbound.leg, status)) {
    dropLeg(stack, inbound.leg)
  }
  return idFor(inbound)
}

/**
 * RFC 3261 13.2.1: what we say answers the offer of the INVITE, or is one where it had none. An offer that
 * not even the 2xx answers is open no more: some apps have nothing to say, and nothing else will.
 */
function answerOffer(leg: Leg, inbound: InboundRequest, { response, described }: SentAnswer): void {
  const { status } = response
  const offered = inbound.transaction.arrival.message.body.length > 0
  if (offered && (described || status >= 200)) leg.openOffer = undefined
  if (!offered && described && (status >= 200 || inbound.reliable)) leg.openOffer = 'ours'
}

function idFor(inbound: InboundRequest): string {
  if (inbound.opens !== '') return inbound.opens
  return inbound.method === 'BYE' ? '' : (inbound.leg?.dialog.id ?? '')
}

/** RFC 3261 12.1: a tagged 1xx or a 2xx to INVITE opens a dialog; RFC 6665: a 2xx to SUBSCRIBE. */
function opensNow(inbound: InboundRequest, status: number): boolean {
  if (inbound.opens === '' || inbound.leg) return false
  return inbound.method === 'INVITE' || status >= 200
}

function openLeg(stack: Stack, inbound: InboundRequest): void {
  const { arrival } = inbound.transaction
  const isInvite = inbound.method === 'INVITE'
  const leg = newLeg(dialogFromRequest(arrival, inbound.localTag), {
    kind: isInvite ? 'INVITE' : 'SUBSCRIBE',
    owner: inbound.owner,
    contact: secured(contactOf(arrival.listener), arrival.message, arrival.listener),
  })
  if (!isInvite) keepSubscription(stack, leg)
  if (isInvite) {
    leg.inboundInvite = inbound
    if (arrival.message.body.length > 0) leg.openOffer = 'theirs'
  }
  inbound.leg = leg
  stack.legs.add(leg)
  stack.legs.expose(leg)
}

/** A 2xx: the dialog is confirmed or refreshed, and an INVITE's is repeated until its ACK. */
function accept(stack: Stack, inbound: InboundRequest, { bytes, terms }: SentAnswer): void {
  const { leg, transaction, method } = inbound
  if (!leg) return
  const { message } = transaction.arrival
  const confirms = inbound.opens !== ''
  if (confirms) leg.state = 'confirmed'
  if (targetRefreshers.has(method)) leg.dialog.refreshTarget(message, sourceOf(transaction.arrival))
  if (leg.state === 'confirmed' && (method === 'INVITE' || method === 'UPDATE')) {
    applyTerms(stack, leg, { terms, peer: message })
  }
  if (method !== 'INVITE') return
  guardAccept(stack, leg, {
    sequence: sequenceOf(message),
    // PROTOCOL 5: the ACK of the first INVITE has its transaction id, that of a later one a new one.
    transactionId: inbound.opens === '' ? stack.random.hex(transactionIdBytes) : transaction.id,
    bytes,
    to: stack.layer.responseDestination(transaction),
  })
}

/** PROTOCOL 9: a client that registered or subscribed over a connection is called over it. */
function remember(stack: Stack, { transaction, leg }: InboundRequest, response: Response): void {
  const { arrival } = transaction
  stack.registered.accepted(arrival.message, response, sourceOf(arrival))
  if (leg) renewSubscription(stack, leg, response, 'SUBSCRIBE')
}

/** PROTOCOL 4.2: a dialog ends with the answer to BYE, a subscription with its last NOTIFY. */
function endsDialog(inbound: InboundRequest, leg: Leg, status: number): boolean {
  if (inbound.method === 'BYE') return status !== 401 && status !== 407
  return isLastNotify(leg, inbound.transaction.arrival.message)
}
