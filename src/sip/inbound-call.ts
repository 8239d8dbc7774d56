import type { Request, Response } from 'drachtio-srf'
import type { CallAttempt } from '../domain/attempt.ts'
import { Failure } from '../kernel/failure.ts'
import { EarlyRequests } from './early-requests.ts'
import { type Cancellable, type DialogOwner, type Exchange, retrySoon } from './exchange.ts'
import { ConfirmedLeg, type Leg } from './leg.ts'
import type { LegRequest } from './leg-request.ts'
import { LegTransaction, type PendingRequest } from './leg-transaction.ts'
import { type Answer, type Payload, plainAnswer } from './messages.ts'
import { ownContact } from './own-contact.ts'
import type { RawMessage } from './raw-message.ts'
import { type Acknowledgement, ReliableRinging } from './reliable-ringing.ts'

/** Why nobody waits for an answer any more. */
export interface Abandonment {
  readonly cause: 'cancelled' | EngineCause | 'engine_lost'
  /** The Reason values of the CANCEL. */
  readonly reasons: readonly string[]
}

/** The caller's leg once we have answered it. */
export interface AnsweredLeg {
  readonly leg: Leg
  /** The ACK of our 200; undefined when none came, and then the leg has ended. */
  readonly acknowledged: Promise<RawMessage | undefined>
}

/** An INVITE received and not yet finally answered. */
export interface InboundCall {
  readonly attempt: CallAttempt
  readonly message: RawMessage
  /** Set from the moment the caller gave up or the engine was lost: nothing can be answered then. */
  readonly abandonment: Abandonment | undefined
  /** Tells of the abandonment, at once where it has happened. Several may listen. */
  onAbandoned(listener: (abandonment: Abandonment) => void): void
  /** Sends a provisional response, reliably where the callee's is and the caller knows how. */
  ring(answer: Answer, acknowledgement?: Acknowledgement): void
  /** Takes the caller's requests before the answer, all but CANCEL, BYE and PRACK. */
  onEarlyRequest(listener: (request: LegRequest) => void): void
  /** Sends a request in the early dialog; undefined while there is none. */
  request(method: string, payload: Payload): PendingRequest | undefined
  /** Sends a final response other than 2xx; nothing when abandoned. */
  refuse(answer: Answer): void
  /** Lets the caller hear nothing: for an engine that has been told to forget the INVITE. */
  drop(): void
  /** Sends 200. Fails with `leg_gone` or `engine_lost` when the caller is not there any more. */
  answer(payload: Payload): Promise<AnsweredLeg>
}

/** Why the engine itself gives an INVITE up. */
type EngineCause = 'prack_timeout' | 'connection_lost' | 'answer_timeout'

/** What the engine says where that is not its app's silence: RFC 3262 3, RFC 7118 5. */
const engineReasons: ReadonlyMap<string, EngineCause> = new Map([
  ['SIP;cause=504;text="PRACK timeout"', 'prack_timeout'],
  ['SIP;cause=487;text="Connection closed"', 'connection_lost'],
])

export class ReceivedCall implements InboundCall, Cancellable, DialogOwner {
  readonly attempt: CallAttempt
  readonly message: RawMessage
  abandonment: Abandonment | undefined
  readonly #exchange: Exchange
  readonly #request: Request
  readonly #response: Response
  readonly #transactionId: string
  readonly #listeners: ((abandonment: Abandonment) => void)[] = []
  readonly #ringing: ReliableRinging
  readonly #early: EarlyRequests
  #onEarlyRequest: ((request: LegRequest) => void) | undefined
  #earlyDialogId: string | undefined
  #answering = false
  #closed = false

  constructor(
    exchange: Exchange,
    received: { request: Request; response: Response; attempt: CallAttempt; message: RawMessage },
  ) {
    this.#exchange = exchange
    this.#request = received.request
    this.#response = received.response
    this.#transactionId = received.request.stackTxnId
    this.attempt = received.attempt
    this.message = received.message
    this.#ringing = new ReliableRinging(received.message, exchange.wire.abilities.reliableRinging)
    this.#early = new EarlyRequests(exchange)
    exchange.invites.set(this.#transactionId, this)
    received.request.on('update', exchange.deliver)
  }

  onAbandoned(listener: (abandonment: Abandonment) => void): void {
    if (this.abandonment) listener(this.abandonment)
    else this.#listeners.push(listener)
  }

  ring(answer: Answer, acknowledgement?: Acknowledgement): void {
    if (this.#closed || this.#answering) return
    const prepared = this.#ringing.prepare(answer, acknowledgement)
    // RFC 3261 12.1.1: what opens a dialog names its target. No engine does that in a 1xx by itself.
    const headers = { ...prepared.headers, Contact: ownContact(this.#request.protocol) }
    // The first provisional response that leaves makes the early dialog; its id comes with the engine's reply.
    const opens = this.#earlyDialogId === undefined
    const sent = (failure?: Failure) => {
      if (this.#closed) return
      if (failure) this.#ringing.unsent(acknowledgement)
      else if (opens) this.#opened()
    }
    const isAwaited = opens || acknowledgement !== undefined
    this.#exchange.wire.respond(
      this.#response,
      { ...answer, headers },
      isAwaited ? sent : undefined,
    )
  }

  onEarlyRequest(listener: (request: LegRequest) => void): void {
    this.#onEarlyRequest = listener
  }

  request(method: string, payload: Payload): PendingRequest | undefined {
    const dialogId = this.#earlyDialogId
    const { wire } = this.#exchange
    if (this.#closed || dialogId === undefined) return undefined
    if (!wire.abilities.requestsWhileRinging) return undefined
    const target = { socket: this.#response.socket, dialogId, method, payload }
    return new LegTransaction(this.#exchange, target)
  }

  refuse(answer: Answer): void {
    if (this.#closed || this.#answering) return
    this.#close()
    this.#exchange.wire.respond(this.#response, answer)
  }

  drop(): void {
    if (this.#closed || this.#answering) return
    this.#close()
    this.#exchange.wire.forgetInvite(this.#request)
  }

  answer(payload: Payload): Promise<AnsweredLeg> {
    return new Promise((resolve, reject) => {
      if (this.#closed || this.#answering) {
        reject(new Failure('leg_gone', 'the caller is not waiting any more'))
        return
      }
      this.#answering = true
      // An engine that is lost says nothing of the answer, and a CANCEL that it told of came before it.
      this.onAbandoned(() => reject(new Failure('leg_gone', 'the caller is not there any more')))
      const ok = { status: 200, phrase: 'OK', ...payload }
      this.#exchange.wire.respond(this.#response, ok, (failure) => {
        if (failure || this.#closed) {
          this.#unanswerable()
          reject(failure ?? new Failure('leg_gone', 'the caller gave up'))
          return
        }
        this.#close()
        this.#ringing.answered()
        const { socket, stackDialogId } = this.#response
        const leg = new ConfirmedLeg(this.#exchange, socket, stackDialogId)
        resolve({ leg, acknowledged: leg.awaitAck(this.message) })
      })
    })
  }

  /** RFC 3261 9.2: the engine has answered both the CANCEL and, with 487 or 5xx, the INVITE. */
  cancelled(cancel: RawMessage, byEngine: boolean): void {
    const reasons = cancel.all('reason')
    // The engine tells as a CANCEL what it has given up. A caller's own words prove nothing.
    const said = reasons
      .map((reason) => engineReasons.get(reason))
      .find((cause) => cause !== undefined)
    this.#abandon({ cause: byEngine ? (said ?? 'answer_timeout') : 'cancelled', reasons })
  }

  engineLost(): void {
    this.#abandon({ cause: 'engine_lost', reasons: [] })
  }

  /** Requests in the early dialog. */
  receive(request: Request, response: Response): void {
    const { wire, random } = this.#exchange
    if (request.method === 'ACK' || request.source === 'application') return
    if (request.method === 'BYE') {
      // RFC 3261 15.1.2: a caller may end an early dialog so; the INVITE is answered 487.
      wire.respond(response, plainAnswer(200, 'OK'))
      if (!this.#closed) wire.respond(this.#response, plainAnswer(487, 'Request Terminated'))
      this.#abandon({ cause: 'cancelled', reasons: [] })
    } else if (request.method === 'PRACK') this.#onPrack(request, response)
    else if (this.#onEarlyRequest) {
      const early = this.#early.take(request, response)
      if (early) this.#onEarlyRequest(early)
    } else wire.respond(response, plainAnswer(500, 'Not Yet Answered', retrySoon(random)))
  }

  #onPrack(request: Request, response: Response): void {
    const acknowledgement = this.#ringing.acknowledged()
    const prack = acknowledgement && this.#early.take(request, response)
    if (prack) acknowledgement?.onPrack(prack)
    else if (!acknowledgement) {
      // RFC 3262 3: no reliable response of ours matches.
      this.#exchange.wire.respond(response, plainAnswer(481, 'Call/Transaction Does Not Exist'))
    }
  }

  /** The 200 did not leave; unless the caller is gone it is owed another answer. */
  #unanswerable(): void {
    if (this.#closed) return
    this.#close()
    this.#exchange.wire.respond(this.#response, plainAnswer(500, 'Answer Not Sent'))
  }

  #opened(): void {
    if (this.#closed || !this.#response.stackDialogId) return
    this.#earlyDialogId = this.#response.stackDialogId
    this.#exchange.dialogs.set(this.#earlyDialogId, this)
  }

  #abandon(abandonment: Abandonment): void {
    if (this.#closed) return
    this.#close()
    this.#early.terminate()
    this.#exchange.wire.forgetInvite(this.#request)
    this.abandonment = abandonment
    for (const listener of this.#listeners.splice(0)) listener(abandonment)
  }

  #close(): void {
    this.#closed = true
    const { invites, dialogs } = this.#exchange
    if (invites.get(this.#transactionId) === this) invites.delete(this.#transactionId)
    const early = this.#earlyDialogId
    if (early !== undefined && dialogs.get(early) === this) dialogs.delete(early)
  }
}
