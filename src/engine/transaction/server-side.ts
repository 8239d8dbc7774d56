import type { Request } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import { toTag } from '../message/tags.ts'
import { responseDestination } from '../transport/received.ts'
import type { Arrival } from '../transport/types.ts'
import type { SideContext } from './client-side.ts'
import { callKey, serverKey } from './keys.ts'
import { type Reply, replyTo } from './replies.ts'
import { type ServerContext, ServerHandle, ServerMachine } from './server.ts'
import type { ServerInput } from './table.ts'

/** How much a layer takes on. */
export interface TransactionLimits {
  /** The most transactions, ours and others'; beyond it requests are refused, before it new ones. */
  readonly transactionsMax: number
  /** The longest wait that a refused sender is asked for, seconds; what it gets is random. */
  readonly retryAfterMaxS: number
}

/** Of all transactions this part is left for requests in dialogs: most of them end a call, or keep one. */
const dialogsShare = 1 / 16

/** Random bytes in a tag: RFC 3261 19.3 wants at least 32 bits. */
const tagBytes = 8

/** Random bytes in a transaction's id. */
const idBytes = 12

/** Requests to us and what is answered to them, RFC 3261 17.2. */
export class ServerSide {
  readonly #shared: SideContext
  readonly #limits: TransactionLimits
  readonly #othersSize: () => number
  readonly #context: ServerContext
  readonly #machines = new Map<string, ServerMachine>()
  /** Those that a merged request (8.2.2.2) or a strayed CANCEL is compared with. */
  readonly #calls = new Map<string, ServerMachine>()
  /**
   * The To tag of every answer that leaves no state. RFC 3261 8.2.7: the same for a request and its
   * repetitions, so that one does for all.
   */
  readonly #statelessTag: string

  /** `othersSize` tells how many transactions live elsewhere and count towards the limit. */
  constructor(shared: SideContext, limits: TransactionLimits, othersSize: () => number) {
    this.#shared = shared
    this.#limits = limits
    this.#othersSize = othersSize
    this.#statelessTag = shared.random.hex(tagBytes)
    const { runner, transport, user, trust } = shared
    this.#context = { runner, transport, user, trust, onEnd: (machine) => this.#forget(machine) }
  }

  get size(): number {
    return this.#machines.size
  }

  /** RFC 3261 17.2.3: finds the transaction that a request belongs to, or opens one. */
  receive(arrival: Arrival<Request>): void {
    const { method } = arrival.message
    const key = serverKey(arrival.message)
    if (key === undefined) return
    const machine = this.#machines.get(key)
    if (method === 'ACK') this.#receiveAck(arrival, machine)
    else if (method === 'CANCEL') this.#receiveCancel(arrival, key, machine)
    else if (machine) this.#shared.runner.feed(machine, 'request', arrival)
    else this.#receiveNew(arrival, key)
  }

  get #isFull(): boolean {
    return this.#isAt(this.#limits.transactionsMax)
  }

  #isAt(transactionsMax: number): boolean {
    return this.size + this.#othersSize() >= transactionsMax
  }

  close(): void {
    this.#machines.clear()
    this.#calls.clear()
  }

  #receiveAck(arrival: Arrival<Request>, machine: ServerMachine | undefined): void {
    // A tag of ours is random: who repeats it has received our answer.
    if (machine?.proofTag && machine.proofTag === toTag(arrival.message)) {
      this.#shared.trust.prove(arrival.source)
    }
    if (machine) this.#shared.runner.feed(machine, 'ack', arrival)
    else this.#shared.user.onAck(arrival)
  }

  /**
   * RFC 3261 9.2. It has a transaction of its own (17.2.2), because it may be repeated for longer than
   * that of its INVITE lives.
   */
  #receiveCancel(arrival: Arrival<Request>, key: string, matched: ServerMachine | undefined): void {
    const cancelKey = `${key}\nCANCEL`
    const known = this.#machines.get(cancelKey)
    const invite = matched ?? this.#pendingInvite(arrival)
    if (known) this.#shared.runner.feed(known, 'request', arrival)
    else if (invite) this.#cancel(invite, arrival, cancelKey)
    else this.#answer(arrival, { status: 481, reason: 'Call/Transaction Does Not Exist' })
  }

  #cancel(invite: ServerMachine, arrival: Arrival<Request>, key: string): void {
    this.#acceptCancel(arrival, key, invite)
    if (!invite.handle || invite.cancelled) return
    invite.cancelled = true
    this.#shared.user.onCancel(invite.handle, arrival)
  }

  #acceptCancel(arrival: Arrival<Request>, key: string, invite: ServerMachine): void {
    // RFC 3261 9.2: the To tag should be that of the answers to the INVITE.
    const last = invite.handle?.lastResponse
    const tag = invite.finalTag ?? (last ? toTag(last) : invite.handle?.tag)
    const reply: Reply = { status: 200, reason: 'OK', toTag: tag ?? this.#statelessTag }
    // What ends load is served even where there is no room to remember it.
    if (this.#isFull) this.#answer(arrival, reply)
    else this.#respond(arrival, key, reply)
  }

  /**
   * The unanswered INVITE that a CANCEL means by its Call-ID, From tag and CSeq, where something on
   * the way has changed the top Via of one of them. It must come from the same address.
   */
  #pendingInvite(arrival: Arrival<Request>): ServerMachine | undefined {
    const key = callKey(arrival.message, 'INVITE')
    const invite = key === undefined ? undefined : this.#calls.get(key)
    const source = invite?.handle?.arrival.source
    return source?.address === arrival.source.address ? invite : undefined
  }

  #receiveNew(arrival: Arrival<Request>, key: string): void {
    const request = arrival.message
    const isNewCall = toTag(request) === ''
    const { transactionsMax } = this.#limits
    const share = isNewCall ? 1 - dialogsShare : 1
    if (this.#isAt(Math.ceil(transactionsMax * share))) {
      this.#refuseOverload(arrival)
      return
    }
    // Never inside a dialog, and never an ACK, a CANCEL or a BYE: those put an end to load.
    if (isNewCall && request.method === 'INVITE' && this.#shared.sheds(arrival.source)) {
      this.#refuseOverload(arrival)
      return
    }
    const call = isNewCall || request.method === 'INVITE' ? callKey(request) : undefined
    if (isNewCall && call !== undefined && this.#calls.has(call)) this.#refuseMerged(arrival, key)
    else this.#open(arrival, key, call)
  }

  /** RFC 3261 21.5.4. The wait is random, so that not all come back at once. */
  #refuseOverload(arrival: Arrival<Request>): void {
    const retryAfterS = 1 + this.#shared.random.below(this.#limits.retryAfterMaxS)
    this.#answer(arrival, { status: 503, reason: 'Service Unavailable', retryAfterS })
  }

  /** RFC 3261 8.2.2.2: the same request has reached us another way. */
  #refuseMerged(arrival: Arrival<Request>, key: string): void {
    const toTag = this.#statelessTag
    this.#respond(arrival, key, { status: 482, reason: 'Loop Detected', toTag })
  }

  /** Answers, and the same again to each repetition. */
  #respond(arrival: Arrival<Request>, key: string, reply: Reply): void {
    const machine = this.#add(arrival, key, undefined)
    machine.respond(reply.status, serialize(replyTo(arrival.message, reply)))
  }

  #open(arrival: Arrival<Request>, key: string, call: string | undefined): void {
    const machine = this.#add(arrival, key, call)
    const { random } = this.#shared
    const names = { id: random.hex(idBytes), tag: random.hex(tagBytes) }
    const handle = new ServerHandle(names, arrival, machine)
    machine.handle = handle
    // RFC 3261 17.2.1: before any user is asked, so that the sender stops repeating its INVITE.
    if (arrival.message.method === 'INVITE') {
      this.#shared.runner.feed(machine, this.#opening(arrival))
    }
    this.#shared.user.onRequest(handle)
  }

  #opening({ message, source }: Arrival<Request>): ServerInput {
    const { suspects, trust } = this.#shared
    if (suspects(message) || trust.isOnlyRefused(source)) return 'openedBySuspect'
    return trust.isStranger(source) ? 'openedByStranger' : 'opened'
  }

  #add(arrival: Arrival<Request>, key: string, call: string | undefined): ServerMachine {
    const { method } = arrival.message
    const request = { method, to: responseDestination(arrival) }
    const machine = new ServerMachine(this.#context, { key, callKey: call }, request)
    this.#machines.set(key, machine)
    if (call !== undefined && !this.#calls.has(call)) this.#calls.set(call, machine)
    if (method !== 'INVITE') this.#shared.runner.feed(machine, 'request')
    return machine
  }

  #forget(machine: ServerMachine): void {
    const { key, callKey: call } = machine.names
    this.#machines.delete(key)
    if (call !== undefined && this.#calls.get(call) === machine) this.#calls.delete(call)
  }

  /** Answers and keeps nothing. */
  #answer(arrival: Arrival<Request>, reply: Reply): void {
    const bytes = serialize(replyTo(arrival.message, { toTag: this.#statelessTag, ...reply }))
    this.#shared.transport.send(bytes, responseDestination(arrival), ignoreError)
  }
}

/** An answer that is lost is asked for again. */
function ignoreError(): void {}
