import type { Request, Response } from 'drachtio-srf'
import { type Exchange, retrySoon } from './exchange.ts'
import { InboundLegRequest, type LegRequest, type RequestHost } from './leg-request.ts'
import { plainAnswer } from './messages.ts'

/** How many requests may be unanswered in an early dialog. */
const pendingMax = 8

/** The requests that come in the early dialog of a call, until they are answered. */
export class EarlyRequests implements RequestHost {
  readonly exchange: Exchange
  readonly #incoming = new Set<InboundLegRequest>()

  constructor(exchange: Exchange) {
    this.exchange = exchange
  }

  /** Takes a request; undefined when it had to be refused because too many wait. */
  take(request: Request, response: Response): LegRequest | undefined {
    const { wire, random } = this.exchange
    if (this.#incoming.size >= pendingMax) {
      wire.respond(response, plainAnswer(500, 'Too Many Requests', retrySoon(random)))
      return undefined
    }
    const incoming = new InboundLegRequest(this, request, response)
    this.#incoming.add(incoming)
    return incoming
  }

  /** Nothing in an early dialog is an INVITE, so no ACK comes. */
  awaitAck(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  answered(request: InboundLegRequest): void {
    this.#incoming.delete(request)
  }

  /** The dialog is over: what waits is answered 487. RFC 3261 15.1.2. */
  terminate(): void {
    for (const incoming of [...this.#incoming]) incoming.terminate()
  }
}
