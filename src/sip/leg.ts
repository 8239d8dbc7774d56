import type { Socket } from 'node:net'
import type { Request, Response } from 'drachtio-srf'
import type { Timer } from '../kernel/clock.ts'
import { type DialogOwner, type Exchange, retrySoon, watchdogMs } from './exchange.ts'
import { InboundLegRequest, isAckOf, type LegRequest, type RequestHost } from './leg-request.ts'
import { LegTransaction, type PendingRequest, terminated } from './leg-transaction.ts'
import { type Headers, type Payload, plainAnswer, type Reply } from './messages.ts'
import { RawMessage } from './raw-message.ts'
import { ringingRefusal } from './reliable-ringing.ts'

/** Why a leg ended that we did not end. */
export type LegEndCause = 'bye' | 'ack_timeout' | 'session_expired' | 'engine_bye' | 'engine_lost'

export interface LegEnd {
  readonly cause: LegEndCause
  /** The BYE, where one came. */
  readonly message?: RawMessage | undefined
}

export interface LegEvents {
  onRequest(request: LegRequest): void
  /** Once at most, and not after our own `bye`. */
  onEnded(end: LegEnd): void
}

/** One confirmed dialog of a call. */
export interface Leg {
  /** Tells what happens; what has happened before is told at once. */
  attach(events: LegEvents): void
  /** Sends a request in the dialog. The answer always comes, if need be one of ours. */
  request(method: string, payload: Payload, onProvisional?: (reply: Reply) => void): PendingRequest
  /** Ends the dialog; harmless when it is over. */
  bye(headers: Headers): void
}

/** The ACK of the last 2xx we sent, while it has not come. */
interface AwaitedAck {
  readonly invite: RawMessage
  readonly acknowledged: Promise<RawMessage | undefined>
  readonly timer: Timer
  readonly settle: (ack: RawMessage | undefined) => void
}

/** How many requests may be unanswered in each direction of a dialog. */
const pendingMax = 8

export class ConfirmedLeg implements Leg, DialogOwner, RequestHost {
  readonly exchange: Exchange
  readonly #socket: Socket
  readonly #dialogId: string
  readonly #outgoing = new Set<LegTransaction>()
  readonly #incoming = new Set<InboundLegRequest>()
  readonly #early: LegRequest[] = []
  #events: LegEvents | undefined
  #end: LegEnd | undefined
  #state: 'up' | 'bye_deferred' | 'ending' | 'over' = 'up'
  #deferredBye: Headers = {}
  #ack: AwaitedAck | undefined

  constructor(exchange: Exchange, socket: Socket, dialogId: string) {
    this.exchange = exchange
    this.#socket = socket
    this.#dialogId = dialogId
    exchange.dialogs.set(dialogId, this)
  }

  attach(events: LegEvents): void {
    this.#events = events
    for (const request of this.#early.splice(0)) events.onRequest(request)
    if (this.#end) events.onEnded(this.#end)
  }

  request(
    method: string,
    payload: Payload,
    onProvisional?: (reply: Reply) => void,
  ): PendingRequest {
    if (this.#state !== 'up' || this.#outgoing.size >= pendingMax) return terminated
    // RFC 3261 14.1, RFC 3311 5.1: until the ACK has come the peer may not have had our 2xx, and would
    // have to refuse another offer.
    const offers = method === 'INVITE' || (method === 'UPDATE' && payload.body !== '')
    const after = offers ? this.#ack?.acknowledged : undefined
    const target = { socket: this.#socket, dialogId: this.#dialogId, method, payload, after }
    const transaction = new LegTransaction(this.exchange, target, onProvisional)
    this.#outgoing.add(transaction)
    void transaction.final.then(() => this.#outgoing.delete(transaction))
    return transaction
  }

  bye(headers: Headers): void {
    if (this.#state !== 'up') return
    this.#settlePending()
    // RFC 3261 15: the callee's side must not send BYE before the ACK of its 2xx has come or is
    // no longer to be expected.
    if (this.#ack) {
      this.#state = 'bye_deferred'
      this.#deferredBye = headers
    } else this.#sendBye(headers)
  }

  /** Waits for the ACK of our 2xx to the INVITE. Without one the dialog ends. RFC 3261 13.3.1.4. */
  awaitAck(invite: RawMessage): Promise<RawMessage | undefined> {
    this.#settleAck(undefined)
    const { promise, resolve: settle } = Promise.withResolvers<RawMessage | undefined>()
    const timer = this.exchange.clock.after(watchdogMs, () => this.#ackMissing())
    this.#ack = { invite, acknowledged: promise, timer, settle }
    return promise
  }

  answered(request: InboundLegRequest): void {
    this.#incoming.delete(request)
  }

  receive(request: Request, response: Response): void {
    if (request.method === 'ACK') this.#onAck(new RawMessage(request.msg.raw))
    // What the engine sent by itself must not be answered.
    else if (request.source === 'application') this.#onEngineBye(new RawMessage(request.msg.raw))
    else if (request.method === 'BYE') this.#onBye(request, response)
    else this.#onRequest(request, response)
  }

  engineLost(): void {
    for (const incoming of [...this.#incoming]) incoming.engineLost()
    this.#finish({ cause: 'engine_lost' })
  }

  #onRequest(request: Request, response: Response): void {
    const { wire, random } = this.exchange
    if (this.#state !== 'up') {
      wire.respond(response, plainAnswer(481, 'Call/Transaction Does Not Exist'))
      return
    }
    if (this.#incoming.size >= pendingMax) {
      wire.respond(response, plainAnswer(500, 'Too Many Requests', retrySoon(random)))
      return
    }
    const incoming = new InboundLegRequest(this, request, response)
    this.#incoming.add(incoming)
    const refusal =
      incoming.method === 'INVITE' ? ringingRefusal(wire.abilities, incoming.message) : undefined
    if (refusal) incoming.respond(refusal)
    else if (this.#events) this.#events.onRequest(incoming)
    else this.#early.push(incoming)
  }

  #onAck(ack: RawMessage): void {
    // drachtio-server answers the CANCEL of a re-INVITE and its INVITE without a word to us; what
    // we see of it is the ACK of its 487, for an INVITE that we have not answered.
    for (const incoming of [...this.#incoming]) {
      if (incoming.isAcknowledgedBy(ack)) incoming.cancelled()
    }
    // One that was repeated or overtaken belongs to an earlier INVITE, and its description with it.
    if (!this.#ack || !isAckOf(this.#ack.invite, ack)) return
    this.#settleAck(ack)
    if (this.#state === 'bye_deferred') this.#sendBye(this.#deferredBye)
  }

  #ackMissing(): void {
    const wasUp = this.#state === 'up'
    this.#settleAck(undefined)
    if (wasUp) this.#settlePending()
    this.#sendBye(wasUp ? { Reason: 'SIP;cause=408;text="ACK timeout"' } : this.#deferredBye)
    if (wasUp) this.#tellEnd({ cause: 'ack_timeout' })
  }

  #onBye(request: Request, response: Response): void {
    this.exchange.wire.respond(response, plainAnswer(200, 'OK'))
    this.#finish({ cause: 'bye', message: new RawMessage(request.msg.raw) })
  }

  #onEngineBye(bye: RawMessage): void {
    const reason = bye.first('reason') ?? ''
    let cause: LegEndCause = 'engine_bye'
    if (reason.includes('ACK timeout')) cause = 'ack_timeout'
    else if (reason.includes('Session timer expired')) cause = 'session_expired'
    this.#finish({ cause, message: bye })
  }

  #sendBye(headers: Headers): void {
    this.#state = 'ending'
    const target = { socket: this.#socket, dialogId: this.#dialogId, method: 'BYE' }
    const bye = new LegTransaction(this.exchange, { ...target, payload: { headers, body: '' } })
    void bye.final.then((reply) => {
      // Better without the reason than not at all.
      if (reply.message || reply.status !== 500 || !headers.Reason) this.#over()
      else this.#sendBye({})
    })
  }

  /** The dialog is over without our BYE. */
  #finish(end: LegEnd): void {
    const wasUp = this.#state === 'up'
    this.#over()
    this.#settlePending()
    this.#settleAck(undefined)
    if (wasUp) this.#tellEnd(end)
  }

  #over(): void {
    this.#state = 'over'
    const { dialogs } = this.exchange
    if (dialogs.get(this.#dialogId) === this) dialogs.delete(this.#dialogId)
  }

  #tellEnd(end: LegEnd): void {
    this.#end = end
    this.#events?.onEnded(end)
  }

  #settlePending(): void {
    for (const transaction of [...this.#outgoing]) transaction.abandon()
    for (const incoming of [...this.#incoming]) incoming.terminate()
    this.#early.length = 0
  }

  #settleAck(ack: RawMessage | undefined): void {
    const waiting = this.#ack
    this.#ack = undefined
    waiting?.timer.cancel()
    waiting?.settle(ack)
  }
}
