import type { Random } from '../../kernel/random.ts'
import type { Trust } from '../guard/trust.ts'
import { withFirstHeader } from '../message/headers.ts'
import { formatHostPort } from '../message/host-port.ts'
import type { Header, Request, Response } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import { branchCookie, newVia } from '../message/via.ts'
import type {
  Arrival,
  Destination,
  Endpoint,
  Listener,
  Protocol,
  Transport,
} from '../transport/types.ts'
import { type ClientContext, ClientHandle, type ClientMachine } from './client.ts'
import { clientKey, type ResponseKey, responseKey } from './keys.ts'
import { cancelOf } from './requests.ts'
import type { Runner } from './runner.ts'
import type { ClientEvents, ClientTransaction, TransactionUser } from './types.ts'

/** Random bytes in a branch: RFC 3261 8.1.1.7 wants it unique over space and time. */
const branchBytes = 12

/** Written where no listener speaks the protocol, in a request that is never sent. */
const nowhere = 'nowhere.invalid'

/** The parameters without a value that our Via has. */
const viaFlags: Readonly<Partial<Record<Protocol, string>>> = { udp: 'rport', tls: 'alias' }

/** What both sides of a layer share. */
export interface SideContext {
  readonly runner: Runner
  readonly transport: Transport
  readonly user: TransactionUser
  readonly random: Random
  readonly trust: Trust
  /** Whether a new call from there is to be refused. */
  readonly sheds: (source: Endpoint) => boolean
  /** Whether the 100 to this INVITE waits for what its user says. */
  readonly suspects: (invite: Request) => boolean
}

/** Our requests and the answers to them, RFC 3261 17.1. */
export class ClientSide {
  readonly #shared: SideContext
  readonly #context: ClientContext
  readonly #machines = new Map<string, ClientMachine>()

  constructor(shared: SideContext) {
    this.#shared = shared
    const { runner, transport, user } = shared
    this.#context = { runner, transport, user, onEnd: (machine) => this.#forget(machine) }
  }

  get size(): number {
    return this.#machines.size
  }

  /**
   * RFC 3261 17.1.3: gives a response to the request it answers, else to the user. 18.1.2: one whose
   * Via is not ours is discarded.
   */
  receive(arrival: Arrival<Response>): void {
    const found = responseKey(arrival.message)
    if (!found || !this.#isOurs(found)) return
    const machine = this.#machines.get(found.key)
    if (machine?.method === found.method) {
      // RFC 3261 8.1.3.3: several Via entries are only right where the request had them.
      if (machine.forwarded !== found.forwarded) return
      // Nobody could guess the branch of a request that he has not received.
      this.#shared.trust.vouch(arrival.source)
      machine.receive(arrival)
      return
    }
    // RFC 6026 7.3: a proxy forwards no response whose request it does not know any more.
    if (!found.forwarded) this.#shared.user.onStrayResponse(arrival)
  }

  send(request: Request, to: Destination, events: ClientEvents): ClientTransaction {
    const mark = events.loopMark
    const branch = mark === undefined ? this.#newBranch() : `${this.#newBranch()}-${mark}`
    const key = clientKey(branch, request.method)
    const outgoing = { key, request: this.#withVia(request, to, branch), to, events }
    const handle = this.#open(new ClientHandle(this.#context, outgoing))
    if (this.#listener(to)) handle.machine.start()
    else handle.machine.failLater(new Error(`no listener speaks ${to.protocol}`))
    return handle
  }

  sendAck(ack: Request, to: Destination): { request: Request; bytes: Buffer } {
    const request = this.#withVia(ack, to, this.#newBranch())
    const bytes = serialize(request)
    this.#shared.transport.send(bytes, to, ignoreError)
    return { request, bytes }
  }

  cancel(invite: ClientTransaction, extraHeaders: readonly Header[]): ClientTransaction {
    const machine = this.#machines.get(invite.id)
    if (machine?.cancel) return machine.cancel
    const cancel = this.#cancelOf(invite, extraHeaders)
    // RFC 3261 9.1: nothing is left to cancel after a final response.
    if (!machine || machine.finished || machine.method !== 'INVITE') cancel.machine.drop()
    else machine.cancelWith(this.#open(cancel))
    return cancel
  }

  abandon(given: ClientTransaction): void {
    const machine = this.#machines.get(given.id)
    if (!machine || machine.provisional || machine.finished || machine.cancel) return
    const isInvite = machine.method === 'INVITE'
    machine.abandonWith(isInvite ? this.#open(this.#cancelOf(given, [])) : undefined)
  }

  close(): void {
    this.#machines.clear()
  }

  #cancelOf(invite: ClientTransaction, extraHeaders: readonly Header[]): ClientHandle {
    const key = clientKey(invite.id, 'CANCEL')
    const request = cancelOf(invite.request, extraHeaders)
    const outgoing = { key, request, to: invite.destination, events: undefined }
    return new ClientHandle(this.#context, outgoing)
  }

  /** A CANCEL that is dropped at once has the key of one that may still live. */
  #forget(machine: ClientMachine): void {
    if (this.#machines.get(machine.key) === machine) this.#machines.delete(machine.key)
  }

  #open(handle: ClientHandle): ClientHandle {
    this.#machines.set(handle.id, handle.machine)
    return handle
  }

  #isOurs({ host, port }: ResponseKey): boolean {
    return this.#shared.transport.listeners.some(
      (listener) =>
        listener.port === port &&
        (listener.host === host || listener.host.toLowerCase() === host.toLowerCase()),
    )
  }

  /** The socket that the transport will send from. */
  #listener(to: Destination): Listener | undefined {
    return to.listener ?? this.#shared.transport.listenerFor(to)
  }

  #newBranch(): string {
    return `${branchCookie}${this.#shared.random.hex(branchBytes)}`
  }

  /**
   * RFC 3261 18.1.1: our own Via on top. It asks for `rport` where there are NATs (RFC 3581 3), and
   * over TLS to be reached by the connection that it came by (RFC 5923 5).
   */
  #withVia(request: Request, to: Destination, branch: string): Request {
    const listener = this.#listener(to)
    const sentBy = listener ? formatHostPort(listener.host, listener.port) : nowhere
    const { protocol } = to
    const via = newVia({ protocol, sentBy, branch, flag: viaFlags[protocol] })
    return { ...request, headers: withFirstHeader(request.headers, 'Via', via) }
  }
}

/** Nobody waits for the fate of an ACK: the response it answers comes again if it is lost. */
function ignoreError(): void {}
