import { EventEmitter } from 'node:events'
import type { Request, Response } from 'drachtio-srf'
import type { Failure } from '../../src/kernel/failure.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { ofEmbeddedEngine } from '../../src/sip/abilities.ts'
import type { Exchange } from '../../src/sip/exchange.ts'
import type { Answer, Payload } from '../../src/sip/messages.ts'
import type { Wire, WireRequest } from '../../src/sip/wire.ts'
import { countedRandom } from './counted-random.ts'
import { FakeClock } from './fake-clock.ts'

/** A request that a leg sent, in the test's hands. */
export interface Outgoing {
  readonly request: WireRequest
  /** The engine's reply: sent, or not. */
  sent(failure?: Failure): void
  /** A response from the other end; with `ack` called when a 2xx is acknowledged. */
  respond(status: number, lines?: readonly string[]): void
  readonly cancels: Payload[]
  readonly acks: Payload[]
  forgotten: boolean
}

/** What a request says, beyond what every one says. */
interface Written {
  readonly lines?: readonly string[]
  /** Unless given, one more than the last. */
  readonly cseq?: number
}

/** What the legs share, with a wire that only writes down. */
export class FakeExchange {
  readonly clock = new FakeClock()
  readonly outgoing: Outgoing[] = []
  /** Responses sent, by the transaction id of their request. */
  readonly answers: { readonly transactionId: string; readonly answer: Answer }[] = []
  /** What the engine says to the next responses sent. */
  refusal: Failure | undefined
  /** The engine says nothing at all to responses, as when it is gone. */
  mute = false
  readonly exchange: Exchange
  #serial = 0

  constructor() {
    this.exchange = {
      wire: this.#wire(),
      clock: this.clock,
      random: countedRandom(),
      logger: silentLogger,
      dialogs: new Map(),
      invites: new Map(),
      dials: new Set(),
      deliver: () => undefined,
    }
  }

  /** A request as it comes from the engine, with its response object. */
  incoming(method: string, more: Partial<Request> & Written = {}) {
    const { lines = [], cseq = ++this.#serial, ...rest } = more
    const transactionId = `txn-${this.#serial}`
    const head = [`${method} sip:x@y SIP/2.0`, `CSeq: ${cseq} ${method}`, ...lines]
    const request = Object.assign(new EventEmitter(), {
      method,
      msg: { raw: `${head.join('\r\n')}\r\n\r\n` },
      source: 'network',
      stackTxnId: transactionId,
      stackDialogId: '',
      socket: 'socket',
      ...rest,
    }) as unknown as Request
    const response = { stackDialogId: 'dialog', socket: 'socket', transactionId, msg: {} }
    return { request, response: response as unknown as Response, transactionId }
  }

  /** The statuses sent to a request, in order. */
  statusesTo(transactionId: string): number[] {
    return this.answers
      .filter((sent) => sent.transactionId === transactionId)
      .map(({ answer }) => answer.status)
  }

  #wire(): Wire {
    const wire = {
      abilities: ofEmbeddedEngine,
      isUp: () => true,
      send: (_: unknown, request: WireRequest, sent: (outcome: Request | Failure) => void) => {
        this.outgoing.push(outgoingOf(request, sent))
      },
      respond: (response: Response, answer: Answer, sent?: (failure?: Failure) => void) => {
        const { transactionId } = response as unknown as { transactionId: string }
        this.answers.push({ transactionId, answer })
        if (!this.mute) sent?.(this.refusal)
      },
      cancel: (request: Request, payload: Payload) => ownerOf(request).cancels.push(payload),
      forgetInvite: () => undefined,
      acknowledge: (_: Response, ack: (payload: Payload) => void, payload: Payload) => ack(payload),
      forget: (request: Request) => {
        ownerOf(request).forgotten = true
      },
    }
    return wire as unknown as Wire
  }
}

const owners = new WeakMap<Request, Outgoing>()

function ownerOf(request: Request): Outgoing {
  const owner = owners.get(request)
  if (!owner) throw new Error('not a request of this test')
  return owner
}

function outgoingOf(request: WireRequest, sent: (outcome: Request | Failure) => void): Outgoing {
  const emitter = Object.assign(new EventEmitter(), {
    method: request.method,
  }) as unknown as Request
  const outgoing: Outgoing = {
    request,
    cancels: [],
    acks: [],
    forgotten: false,
    sent: (failure) => sent(failure ?? emitter),
    respond: (status, lines = []) => {
      const raw = `${[`SIP/2.0 ${status} Phrase`, ...lines].join('\r\n')}\r\n\r\n`
      const response = {
        msg: { status, reason: 'Phrase', raw },
        req: request,
        stackDialogId: 'dialog',
        socket: 'socket',
      }
      emitter.emit('response', response, (ack: Payload) => outgoing.acks.push(ack))
    },
  }
  owners.set(emitter, outgoing)
  return outgoing
}
