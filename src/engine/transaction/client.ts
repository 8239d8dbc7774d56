import type { Request, Response } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import { isReliable } from '../transport/protocols.ts'
import type { Arrival, Destination, Transport } from '../transport/types.ts'
import { ict } from './ict.ts'
import { type KeptBytes, keep, wireBytes } from './kept-bytes.ts'
import { nict } from './nict.ts'
import { ackTo } from './requests.ts'
import type { Machine, Rows, Runner } from './runner.ts'
import { type ClientAction, responseInput } from './table.ts'
import type { ClientEvents, ClientTransaction, TransactionUser } from './types.ts'

/** What all client transactions of a layer share. */
export interface ClientContext {
  readonly runner: Runner
  readonly transport: Transport
  readonly user: TransactionUser
  /** The transaction is gone. */
  onEnd(machine: ClientMachine): void
}

/** A request on its way out. */
export interface Outgoing {
  /** Its key among the client transactions. */
  readonly key: string
  readonly request: Request
  readonly to: Destination
  /** Whom its answer is for; nobody cares for a CANCEL's. */
  readonly events: ClientEvents | undefined
}

/**
 * A client transaction as the layer holds it. Once the final response has been passed, only what
 * repetitions still need is kept: for an INVITE the bytes of the ACK, or after a 2xx whom to tell of
 * further ones.
 */
export class ClientMachine implements Machine {
  readonly rows: Rows
  readonly key: string
  readonly method: string
  readonly reliable: boolean
  /** Whether it is another's request that we have forwarded: below our Via are further ones. */
  readonly forwarded: boolean
  state = 'initial'
  intervalMs = 0
  /** Whether a provisional response has come. */
  provisional = false
  onTerminated: (() => void) | undefined
  /** The CANCEL of this INVITE once there is one: sent, or held back. */
  cancel: ClientHandle | undefined
  readonly #context: ClientContext
  readonly #to: Destination
  readonly #onError = (cause: Error) => this.fail(cause)
  #request: Request | undefined
  #events: ClientEvents | undefined
  #wire: KeptBytes | undefined
  #cause: Error | undefined

  constructor(context: ClientContext, outgoing: Outgoing, bytes: Buffer) {
    const { key, request, to, events } = outgoing
    this.rows = request.method === 'INVITE' ? ict : nict
    this.key = key
    this.method = request.method
    this.reliable = isReliable(to.protocol)
    this.forwarded = isForwarded(request)
    this.#context = context
    this.#to = to
    this.#request = request
    this.#events = events
    this.#wire = bytes
  }

  get finished(): boolean {
    const { state } = this
    return state === 'completed' || state === 'accepted' || state === 'terminated'
  }

  /** Takes a response to this request. */
  receive(arrival: Arrival<Response>): void {
    const { status } = arrival.message
    if (status < 200) this.provisional = true
    this.#context.runner.feed(this, responseInput(status, this.rows === ict), arrival)
    if (this.finished) this.#release()
  }

  /** The request cannot be delivered. */
  fail(cause: Error): void {
    this.#cause = cause
    this.#context.runner.feed(this, 'transportError')
  }

  /** The request cannot even be tried: says so as soon as the caller has returned. */
  failLater(cause: Error): void {
    this.#cause = cause
    this.#context.runner.feedLater(this, 'transportError', 0)
  }

  /** Sends the request. */
  start(): void {
    this.#context.runner.feed(this, 'start')
  }

  /** Gives up a request that was not sent. */
  drop(): void {
    this.#context.runner.feed(this, 'drop')
  }

  /** Takes this INVITE's CANCEL, to be sent as soon as RFC 3261 9.1 lets it go. */
  cancelWith(cancel: ClientHandle): void {
    this.cancel = cancel
    this.#context.runner.feed(this, 'cancel')
  }

  /** Gives up a request that nobody has answered; a call that it opens all the same is cancelled. */
  abandonWith(cancel: ClientHandle | undefined): void {
    this.cancel = cancel
    this.#context.runner.feed(this, 'abandon')
  }

  perform(action: ClientAction, arrival: Arrival<Response> | undefined): void {
    switch (action) {
      case 'send':
      case 'ackAgain':
        this.#send()
        return
      case 'pass':
        if (arrival) this.#events?.onResponse(arrival.message, arrival)
        return
      case 'stray':
        if (arrival) this.#context.user.onStrayResponse(arrival)
        return
      case 'ack':
        if (arrival) this.#acknowledge(arrival.message)
        return
      case 'sendCancel':
        this.cancel?.machine.start()
        return
      case 'dropCancel':
        this.cancel?.machine.drop()
        return
      case 'timeout':
        this.#events?.onTimeout()
        return
      case 'transportError':
        if (this.#cause) this.#events?.onTransportError(this.#cause)
    }
  }

  end(): void {
    this.#release()
    this.#events = undefined
    this.#context.onEnd(this)
    this.onTerminated?.()
    this.onTerminated = undefined
  }

  #send(): void {
    if (this.#wire) this.#context.transport.send(wireBytes(this.#wire), this.#to, this.#onError)
  }

  /** RFC 3261 17.1.1.3: the layer itself acknowledges what is not a 2xx. */
  #acknowledge(response: Response): void {
    if (!this.#request) return
    const bytes = serialize(ackTo(this.#request, response))
    this.#context.transport.send(bytes, this.#to, this.#onError)
    this.#wire = keep(bytes)
  }

  /** Lets go of what a finished transaction needs no more. */
  #release(): void {
    this.#request = undefined
    this.cancel = undefined
    if (this.state !== 'accepted') this.#events = undefined
    if (this.state !== 'completed' || this.rows === nict) this.#wire = undefined
  }
}

function isForwarded(request: Request): boolean {
  let vias = 0
  for (const { name } of request.headers) if (name === 'Via') vias += 1
  return vias > 1
}

/** A client transaction as its user has it; whoever drops it frees the request. */
export class ClientHandle implements ClientTransaction {
  readonly id: string
  readonly request: Request
  readonly destination: Destination
  readonly bytes: Buffer
  readonly machine: ClientMachine

  constructor(context: ClientContext, outgoing: Outgoing) {
    this.id = outgoing.key
    this.request = outgoing.request
    this.destination = outgoing.to
    this.bytes = serialize(outgoing.request)
    this.machine = new ClientMachine(context, outgoing, this.bytes)
  }

  get proceeding(): boolean {
    return this.machine.provisional
  }

  get finished(): boolean {
    return this.machine.finished
  }

  get onTerminated(): (() => void) | undefined {
    return this.machine.onTerminated
  }

  set onTerminated(callback: (() => void) | undefined) {
    this.machine.onTerminated = callback
  }
}
