import type { Request, Response } from 'drachtio-srf'
import type { Cancellable, Exchange } from './exchange.ts'
import { type Answer, plainAnswer } from './messages.ts'
import { ownContact } from './own-contact.ts'
import { RawMessage, sequenceOf } from './raw-message.ts'

/** INVITE apart, requests whose 2xx must have a Contact (RFC 3311, RFC 3515, RFC 6665); engines give it none. */
const located: ReadonlySet<string> = new Set(['UPDATE', 'REFER', 'SUBSCRIBE'])

/** A request received in a dialog, to be answered. */
export interface LegRequest {
  readonly method: string
  readonly message: RawMessage
  /** Sends a response; after a final one, or once the dialog is over, nothing. */
  respond(answer: Answer): void
  /** Called when the other side cancels an INVITE; it has been answered then. */
  onCancelled(listener: () => void): void
  /** Of an INVITE answered with 2xx: its ACK, or undefined when none came. */
  readonly acknowledged: Promise<RawMessage | undefined>
}

/** What a request needs of the leg it came on. */
export interface RequestHost {
  readonly exchange: Exchange
  /** Waits for the ACK of our 2xx to the INVITE; undefined when none comes. */
  awaitAck(invite: RawMessage): Promise<RawMessage | undefined>
  answered(request: InboundLegRequest): void
}

export class InboundLegRequest implements LegRequest, Cancellable {
  readonly method: string
  readonly message: RawMessage
  acknowledged: Promise<RawMessage | undefined> = Promise.resolve(undefined)
  readonly #host: RequestHost
  readonly #request: Request
  readonly #response: Response
  readonly #transactionId: string
  #onCancelled: (() => void) | undefined
  #done = false

  constructor(host: RequestHost, request: Request, response: Response) {
    this.#host = host
    this.#request = request
    this.#response = response
    this.#transactionId = request.stackTxnId
    this.method = request.method
    this.message = new RawMessage(request.msg.raw)
    if (this.method !== 'INVITE') return
    host.exchange.invites.set(this.#transactionId, this)
    request.on('update', host.exchange.deliver)
  }

  respond(answer: Answer): void {
    if (this.#done) return
    if (answer.status >= 200) this.#finish()
    if (this.method === 'INVITE' && answer.status >= 200 && answer.status < 300) {
      this.acknowledged = this.#host.awaitAck(this.message)
    }
    this.#host.exchange.wire.respond(this.#response, this.#located(answer))
  }

  onCancelled(listener: () => void): void {
    this.#onCancelled = listener
  }

  /** RFC 3261 9.2: the engine has answered both the CANCEL and, with 487, the INVITE. */
  cancelled(): void {
    if (this.#done) return
    this.#finish()
    this.#host.exchange.wire.forgetInvite(this.#request)
    this.#onCancelled?.()
  }

  /** Whether this is the INVITE that the ACK is of. */
  isAcknowledgedBy(ack: RawMessage): boolean {
    return this.method === 'INVITE' && isAckOf(this.message, ack)
  }

  /** RFC 3261 15.1.2: what is pending when the dialog ends is answered 487. */
  terminate(): void {
    this.respond(plainAnswer(487, 'Request Terminated'))
  }

  engineLost(): void {
    this.#finish()
  }

  #located(answer: Answer): Answer {
    if (!located.has(this.method) || answer.status < 200 || answer.status >= 300) return answer
    const Contact = ownContact(this.#request.protocol)
    return { ...answer, headers: { ...answer.headers, Contact } }
  }

  #finish(): void {
    this.#done = true
    if (this.method === 'INVITE') this.#host.exchange.invites.delete(this.#transactionId)
    this.#host.answered(this)
  }
}

/** Whether the ACK, by its CSeq number, is of this INVITE. RFC 3261 13.2.2.4, 17.1.1.3. */
export function isAckOf(invite: RawMessage, ack: RawMessage): boolean {
  const number = sequenceOf(invite)
  return number >= 0 && number === sequenceOf(ack)
}
