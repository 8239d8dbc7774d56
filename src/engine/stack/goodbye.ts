import type { Response } from '../message/message.ts'
import type { AppRequest } from '../protocol/types.ts'
import { keep } from '../transaction/kept-bytes.ts'
import type { ClientEvents } from '../transaction/types.ts'
import { buildInDialog } from './build-request.ts'
import type { StopReason } from './call-records.ts'
import { deliverOwnBye, deliverUnsentBye } from './deliver.ts'
import { awaitAck, dropLeg, prepare, type SentAccept } from './leg.ts'
import { finishInbound, terminated } from './pending.ts'
import { endSession } from './session.ts'
import type { Leg, Stack } from './stack.ts'

const noBody = Buffer.alloc(0)

/** What a BYE says when nobody has ACKed our 2xx. */
const ackTimeout = 'ACK timeout'

/** What a BYE says when nobody has refreshed the session in time, RFC 4028 10. */
export const expired = 'Session timer expired'

/** A request that the engine sends by itself. */
export function ownRequest(method: string, headers: AppRequest['headers']): AppRequest {
  return { kind: 'request', startLine: '', method, uri: '', headers, body: noBody }
}

/**
 * Ends a confirmed dialog by BYE and tells its owner, if it is there to be told. While the peer has
 * not ACKed our 2xx the BYE waits for that (RFC 3261 15); what we have not ACKed is ACKed first.
 */
export function sayGoodbye(stack: Stack, leg: Leg, reason: string) {
  if (leg.state === 'ending') return
  if (leg.kind !== 'INVITE') return dropLeg(stack, leg)
  if (leg.awaitedAck) {
    leg.afterAck = () => sayGoodbye(stack, leg, reason)
    return
  }
  if (leg.owedAck && !leg.owedAck.sent) acknowledge(stack, leg)
  leg.outboundInvite?.withdraw()
  if (leg.inboundInvite) finishInbound(stack, leg.inboundInvite, terminated)
  leg.state = 'ending'
  endSession(leg)
  sendBye(stack, leg, reason)
}

/** RFC 3261 13.2.2.4: sends the ACK that the app owes, in its place. */
export function acknowledge(stack: Stack, leg: Leg): void {
  const owed = leg.owedAck
  if (!owed) return
  const message = ownRequest('ACK', owed.credentials)
  prepare(stack, leg, { message, sequence: owed.sequence }, (prepared) => {
    if (prepared.kind !== 'ready') return
    const { to } = prepared.way
    const { bytes } = stack.layer.sendAck(prepared.request, to)
    owed.sent = { kept: keep(bytes), to, freshAtMs: stack.clock.monotonic() }
  })
}

function sendBye(stack: Stack, leg: Leg, reason: string) {
  const value = `SIP;cause=200;text="${reason}"`
  const message = ownRequest('BYE', [{ name: 'Reason', value }])
  prepare(stack, leg, { message }, (prepared) => {
    if (prepared.kind !== 'ready') {
      tellUnsent(stack, leg, { message, reason })
      return dropLeg(stack, leg)
    }
    const events = byeEvents(() => dropLeg(stack, leg))
    const transaction = stack.layer.send(prepared.request, prepared.way.to, events)
    stack.records.stop('application', transaction.request, stopReasonOf(reason))
    if (leg.owner.alive) deliverOwnBye(stack, leg.owner, { transaction, dialogId: leg.dialog.id })
  })
}

interface Unsent {
  readonly message: AppRequest
  readonly reason: string
}

function tellUnsent(stack: Stack, leg: Leg, { message, reason }: Unsent): void {
  const { dialog, owner } = leg
  const { requestUri, routes } = dialog.plan()
  const sequence = dialog.nextSequence()
  const parts = { leg, listener: dialog.listener, requestUri, routes, sequence }
  const { request } = buildInDialog(message, parts)
  if (!request) return
  stack.records.stop('application', request, stopReasonOf(reason))
  if (owner.alive) {
    deliverUnsentBye(stack, owner, { request, to: dialog.source, dialogId: dialog.id })
  }
}

/** What a record says of a call that we have ended for this reason. */
function stopReasonOf(reason: string): StopReason {
  if (reason === expired) return 'session-expired'
  return reason === ackTimeout
    ? 'system-error-initiated-termination'
    : 'system-initiated-termination'
}

/** RFC 3261 15.1.1: whatever the answer, and if none comes, the session is over. */
function byeEvents(end: () => void): ClientEvents {
  return {
    onResponse: (response: Response) => {
      if (response.status >= 200) end()
    },
    onTimeout: end,
    onTransportError: end,
  }
}

/** Repeats a 2xx until its ACK; without one the call ends (RFC 3261 13.3.1.4). */
export function guardAccept(stack: Stack, leg: Leg, sent: SentAccept): void {
  awaitAck(stack, leg, sent, () => {
    leg.awaitedAck = undefined
    if (leg.afterAck) leg.afterAck()
    else sayGoodbye(stack, leg, ackTimeout)
  })
}
