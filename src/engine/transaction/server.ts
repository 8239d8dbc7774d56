import type { Trust } from '../guard/trust.ts'
import type { Request, Response } from '../message/message.ts'
import { grantsOf } from '../message/registration.ts'
import { serialize } from '../message/serialize.ts'
import { toTag } from '../message/tags.ts'
import { isReliable } from '../transport/protocols.ts'
import type { Arrival, Destination, Transport } from '../transport/types.ts'
import { ist } from './ist.ts'
import { type KeptBytes, keep, wireBytes } from './kept-bytes.ts'
import { nist } from './nist.ts'
import { replyTo } from './replies.ts'
import type { Machine, Rows, Runner } from './runner.ts'
import { responseInput, type ServerAction } from './table.ts'
import type { ServerTransaction, TransactionUser } from './types.ts'

/** What a final response has more than the 100 to the same request, bytes: tag, reason, wait. */
const finalMoreBytes = 128

/** What all server transactions of a layer share. */
export interface ServerContext {
  readonly runner: Runner
  readonly transport: Transport
  readonly user: TransactionUser
  readonly trust: Trust
  /** The transaction is gone. */
  onEnd(machine: ServerMachine): void
}

/** How a server transaction is known. */
export interface ServerNames {
  /** Its key among the server transactions. */
  readonly key: string
  /** Its key among those that a merged request or a strayed CANCEL is compared with, if it is one. */
  readonly callKey: string | undefined
}

/**
 * A server transaction as the layer holds it. The request is not part of it: once the final response
 * is out, only the bytes that a repetition is answered with are kept.
 */
export class ServerMachine implements Machine {
  readonly rows: Rows
  readonly names: ServerNames
  readonly reliable: boolean
  state: string
  intervalMs = 0
  /** The transaction as its user has it, until the final response. */
  handle: ServerTransaction | undefined
  /** Whether its user has been told of a CANCEL. */
  cancelled = false
  /** The To tag of the final response to an INVITE. */
  finalTag: string | undefined
  /** The same where it is ours and not the sender's own. */
  proofTag: string | undefined
  onTerminated: (() => void) | undefined
  onAckMissing: (() => void) | undefined
  readonly #context: ServerContext
  readonly #to: Destination
  #wire: KeptBytes | undefined

  constructor(
    context: ServerContext,
    names: ServerNames,
    request: { method: string; to: Destination },
  ) {
    const isInvite = request.method === 'INVITE'
    this.rows = isInvite ? ist : nist
    this.state = isInvite ? 'proceeding' : 'initial'
    this.names = names
    this.reliable = isReliable(request.to.protocol)
    this.#context = context
    this.#to = request.to
  }

  get trust(): Trust {
    return this.#context.trust
  }

  get finished(): boolean {
    const { state } = this
    return state !== 'proceeding' && state !== 'trying' && state !== 'initial'
  }

  /** Gives the bytes of a response; not for a finished transaction. */
  respond(status: number, bytes: Buffer): void {
    // Who is served hears all of it, also the 100 that has been put off.
    if (this.rows === ist && status < 300) this.#try()
    this.#wire = bytes
    this.#context.runner.feed(this, responseInput(status, this.rows === ist))
    if (!this.finished) return
    this.handle = undefined
    if (this.#wire) this.#wire = keep(bytes)
  }

  /** Ends it unanswered. */
  drop(): void {
    this.#context.runner.feed(this, 'dropped')
  }

  perform(action: ServerAction, arrival: Arrival<Request> | undefined): void {
    switch (action) {
      case 'send':
      case 'resend':
        this.#send()
        return
      case 'trying':
        this.#try()
        return
      case 'tryIfPaid':
        this.#tryIfPaid()
        return
      case 'forget':
        this.#wire = undefined
        return
      case 'passAck':
        if (arrival) this.#context.user.onAck(arrival)
        return
      case 'ackMissing':
        this.onAckMissing?.()
    }
  }

  end(): void {
    this.#wire = undefined
    this.handle = undefined
    this.#context.onEnd(this)
    this.onTerminated?.()
    this.onTerminated = undefined
    this.onAckMissing = undefined
  }

  /** RFC 3261 17.2.1: the 100 that stops repetitions, unless something else was said. */
  #try(): void {
    if (this.#wire || !this.handle) return
    this.#wire = this.#trying(this.handle)
    this.#send()
  }

  /** The same, unless then a refusal that follows would be more than the source has paid for. */
  #tryIfPaid(): void {
    if (!this.handle) return
    const bytes = this.#trying(this.handle)
    const both = 2 * bytes.length + finalMoreBytes
    if (!this.trust.affords(this.handle.arrival.source, both)) return
    this.#wire = bytes
    this.#send()
  }

  #trying({ arrival }: ServerTransaction): Buffer {
    return serialize(replyTo(arrival.message, { status: 100, reason: 'Trying' }))
  }

  #send(): void {
    if (this.#wire) this.#context.transport.send(wireBytes(this.#wire), this.#to, ignoreError)
  }
}

/** A server transaction as its user has it; whoever drops it frees the request. */
export class ServerHandle implements ServerTransaction {
  readonly id: string
  readonly tag: string
  readonly arrival: Arrival<Request>
  readonly #machine: ServerMachine
  #lastResponse: Response | undefined

  constructor(
    names: { readonly id: string; readonly tag: string },
    arrival: Arrival<Request>,
    machine: ServerMachine,
  ) {
    this.id = names.id
    this.tag = names.tag
    this.arrival = arrival
    this.#machine = machine
  }

  get lastResponse(): Response | undefined {
    return this.#lastResponse
  }

  get finished(): boolean {
    return this.#machine.finished
  }

  get onTerminated(): (() => void) | undefined {
    return this.#machine.onTerminated
  }

  set onTerminated(callback: (() => void) | undefined) {
    this.#machine.onTerminated = callback
  }

  get onAckMissing(): (() => void) | undefined {
    return this.#machine.onAckMissing
  }

  set onAckMissing(callback: (() => void) | undefined) {
    this.#machine.onAckMissing = callback
  }

  respond(response: Response): Buffer {
    const bytes = serialize(response)
    if (this.#machine.finished) return bytes
    const servedMs = servedFor(this.arrival.message, response)
    if (servedMs !== undefined) this.#machine.trust.vouch(this.arrival.source, servedMs)
    this.#lastResponse = response
    if (this.#machine.rows === ist && response.status >= 200) {
      this.#machine.finalTag = ownText(toTag(response))
      // A request with a tag of its own in To has it back: that proves nothing.
      if (toTag(this.arrival.message) === '') this.#machine.proofTag = this.#machine.finalTag
    }
    this.#machine.respond(response.status, bytes)
    return bytes
  }

  drop(): void {
    this.#machine.drop()
  }
}

/**
 * How long the source has registered for, by an answer that shows that the application takes it for one of
 * its own: 0 for a call; undefined: it does not show that.
 */
function servedFor(request: Request, response: Response): number | undefined {
  const { status } = response
  if (status <= 100 || status >= 300) return undefined
  if (request.method === 'INVITE') return 0
  if (request.method !== 'REGISTER' || status < 200) return undefined
  return 1_000 * Math.max(0, ...grantsOf(request, response).map(({ seconds }) => seconds))
}

/** The same text in memory of its own: as part of a message's it would keep the whole message. */
function ownText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString()
}

/** RFC 6026 7.1: a response that cannot be sent leaves the transaction as it is. */
function ignoreError(): void {}
