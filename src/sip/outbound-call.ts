import type { Socket } from 'node:net'
import type { Request, Response } from 'drachtio-srf'
import type { Timer } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import { EarlyRequests } from './early-requests.ts'
import { type Dialling, type DialogOwner, type Exchange, watchdogMs } from './exchange.ts'
import { ConfirmedLeg, type Leg } from './leg.ts'
import type { LegRequest } from './leg-request.ts'
import { acknowledgeOnce, LegTransaction, type PendingRequest } from './leg-transaction.ts'
import { nothing, type Payload, plainAnswer, type Reply } from './messages.ts'
import { RawMessage } from './raw-message.ts'
import { names100rel, rackOf, without100rel } from './reliable-ringing.ts'
import type { Acknowledge } from './wire.ts'

/** Early dialogs of one INVITE that are listened to: as many as the embedded engine keeps. */
const forksMax = 16

/** What an INVITE of ours came to. */
export type DialOutcome =
  | {
      readonly kind: 'answered'
      readonly leg: Leg
      readonly message: RawMessage
      /** Sends the ACK, once. RFC 3261 13.2.2.4. */
      acknowledge(payload: Payload): void
    }
  | { readonly kind: 'rejected'; readonly reply: Reply }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled' }

/** An INVITE of ours on its way. */
export interface OutboundCall {
  /** Never rejects. */
  readonly outcome: Promise<DialOutcome>
  /**
   * Gives up: the outcome is `cancelled` at once, and whatever comes afterwards, a 200 that crossed
   * the CANCEL included, is ended without the caller's doing. Harmless when there is an outcome.
   */
  cancel(payload: Payload): void
  /** Sends a request in the early dialog; undefined while none can be used. */
  request(method: string, payload: Payload): PendingRequest | undefined
}

/** A provisional response. */
export interface EarlyReply extends Reply {
  /** Sends the PRACK of a reliable one; undefined of any other. RFC 3262. */
  readonly acknowledge?: ((payload: Payload) => PendingRequest) | undefined
}

/** An early dialog, for requests in it. */
interface EarlyTarget {
  readonly socket: Socket
  readonly dialogId: string
}

export interface DialRequest {
  readonly uri: string
  /** Where the INVITE is sent, where that is not for the URI to say. */
  readonly proxy?: string | undefined
  readonly payload: Payload
  /** Every provisional response, 100 included where the engine tells of it. */
  onProvisional(reply: EarlyReply): void
  /** A request of the callee's before its answer. */
  onRequest(request: LegRequest): void
}

export class DialledCall implements OutboundCall, Dialling, DialogOwner {
  readonly outcome: Promise<DialOutcome>
  readonly #exchange: Exchange
  readonly #dial: DialRequest
  #settle: (outcome: DialOutcome) => void = () => undefined
  #request: Request | undefined
  #cancelPayload: Payload | undefined
  #forgetting: Timer | undefined
  readonly #early: EarlyRequests
  readonly #dialogIds = new Set<string>()
  /** The early dialog that can be used: the last one with a reliable response. */
  #reachable: EarlyTarget | undefined

  constructor(exchange: Exchange, socket: Socket | undefined, dial: DialRequest) {
    this.#exchange = exchange
    this.#dial = dial
    this.#early = new EarlyRequests(exchange)
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
    if (!socket) {
      this.engineLost()
      return
    }
    exchange.dials.add(this)
    const { uri, proxy } = dial
    const { abilities } = exchange.wire
    // Without an offer in the INVITE the answer to a reliable response would be in its PRACK.
    const canAnswer = abilities.reliableRinging || dial.payload.body !== ''
    const payload = canAnswer ? dial.payload : without100rel(dial.payload)
    exchange.wire.send(socket, { method: 'INVITE', uri, proxy, payload }, (outcome) => {
      if (outcome instanceof Failure) this.#finish({ kind: 'failed', failure: outcome })
      else this.#sent(outcome)
    })
  }

  cancel(payload: Payload): void {
    if (this.#cancelPayload || !this.#exchange.dials.has(this)) return
    this.#cancelPayload = payload
    this.#settle({ kind: 'cancelled' })
    if (this.#request) this.#exchange.wire.cancel(this.#request, payload)
    // The engine itself forgets a cancelled INVITE that gets no final response.
    this.#forgetting = this.#exchange.clock.after(watchdogMs, () => {
      if (this.#request) this.#exchange.wire.forget(this.#request)
      this.#finish({ kind: 'cancelled' })
    })
  }

  request(method: string, payload: Payload): PendingRequest | undefined {
    if (!this.#reachable || this.#cancelPayload) return undefined
    return new LegTransaction(this.#exchange, { ...this.#reachable, method, payload })
  }

  engineLost(): void {
    this.#finish({ kind: 'failed', failure: new Failure('engine_lost', 'the engine is gone') })
  }

  /** Requests that the callee sends before it has answered. */
  receive(request: Request, response: Response): void {
    if (request.method === 'ACK' || request.source === 'application') return
    const early = this.#early.take(request, response)
    if (!early) return
    if (!this.#cancelPayload) this.#dial.onRequest(early)
    else early.respond(plainAnswer(481, 'Call/Transaction Does Not Exist'))
  }

  #sent(request: Request): void {
    this.#request = request
    request.on('response', (response: Response, ack: Acknowledge) => {
      this.#onResponse(response, ack)
    })
    request.on('update', this.#exchange.deliver)
    if (this.#cancelPayload) this.#exchange.wire.cancel(request, this.#cancelPayload)
  }

  #onResponse(response: Response, ack: Acknowledge): void {
    const { status, reason, raw } = response.msg
    if (status < 200) this.#onProvisional(response)
    else if (status < 300) this.#onAnswer(response, ack)
    else {
      const message = new RawMessage(raw)
      this.#finish({ kind: 'rejected', reply: { status, phrase: reason, message } })
    }
  }

  #onProvisional(response: Response): void {
    const { status, reason, raw } = response.msg
    if (status > 100 && response.stackDialogId) this.#opened(response.stackDialogId)
    const message = new RawMessage(raw)
    const acknowledge = this.#acknowledgeOf(response, message)
    if (this.#cancelPayload) return
    this.#dial.onProvisional({ status, phrase: reason, message, acknowledge })
  }

  #opened(dialogId: string): void {
    if (this.#dialogIds.has(dialogId) || this.#dialogIds.size >= forksMax) return
    this.#dialogIds.add(dialogId)
    this.#exchange.dialogs.set(dialogId, this)
  }

  /** RFC 3262 4: how a reliable response is acknowledged, which makes its dialog usable. */
  #acknowledgeOf(response: Response, message: RawMessage): EarlyReply['acknowledge'] {
    const dialogId = response.stackDialogId
    const isReliable = message.count('rseq') > 0 && names100rel(message, 'require')
    if (!isReliable || !dialogId) return undefined
    const target = { socket: response.socket, dialogId }
    this.#reachable = target
    const rack = rackOf(message)
    return ({ headers, body }) => {
      const payload = { headers: { ...headers, ...rack }, body }
      return new LegTransaction(this.#exchange, { ...target, method: 'PRACK', payload })
    }
  }

  #onAnswer(response: Response, ack: Acknowledge): void {
    const acknowledge = acknowledgeOnce(this.#exchange, response, ack)
    const message = new RawMessage(response.msg.raw)
    const cancelled = this.#cancelPayload !== undefined
    const leg = new ConfirmedLeg(this.#exchange, response.socket, response.stackDialogId)
    this.#finish({ kind: 'answered', leg, message, acknowledge })
    if (!cancelled) return
    // RFC 3261 9.1: the 200 crossed our CANCEL, so the call exists and must be ended.
    acknowledge(nothing)
    leg.bye({})
  }

  #finish(outcome: DialOutcome): void {
    this.#forgetting?.cancel()
    const { dials, dialogs } = this.#exchange
    dials.delete(this)
    for (const id of this.#dialogIds) if (dialogs.get(id) === this) dialogs.delete(id)
    if (outcome.kind !== 'answered') this.#early.terminate()
    this.#settle(outcome)
  }
}
