import { setTimeout as delay } from 'node:timers/promises'
import { type SipText, tagOf, uriOf } from '../../src/demo/sip-text.ts'
import { SturdyCall, type SturdyDialog } from '../support/sturdy-call.ts'
import { type Reply, SturdyEnd } from '../support/sturdy-end.ts'
import type { Deed } from './sturdy-deeds.ts'

/** What a party of a deed has told in the end. */
export type Told = readonly unknown[] | string

/** How long a part may take, milliseconds: 64*T1 of RFC 3261 for one lost message, and some more. */
const partMs = 60_000

/** All calls of one end: finds whose a message is. RFC 3261 12.2.2. */
class Calls {
  readonly #calls = new Map<string, SturdyCall>()
  /** The first branch of each call, for a CANCEL, which knows of none. */
  readonly #first = new Map<string, SturdyCall>()
  readonly strays: string[] = []

  add(call: SturdyCall): void {
    const { callId, local } = call.dialog
    this.#calls.set(`${callId} ${tagOf(local)}`, call)
    if (!this.#first.has(callId)) this.#first.set(callId, call)
  }

  of(callId: string, tag: string): SturdyCall | undefined {
    return tag === '' ? this.#first.get(callId) : this.#calls.get(`${callId} ${tag}`)
  }

  asks(request: SipText, reply: Reply): void {
    const call = this.of(request.first('Call-ID'), tagOf(request.first('To')))
    if (call) call.asks(request, reply)
    else this.strays.push(request.startLine)
  }

  accepted(response: SipText): void {
    this.of(response.first('Call-ID'), tagOf(response.first('From')))?.accepted(response)
  }

  get faults(): string[] {
    return [...this.strays, ...[...this.#calls.values()].flatMap(({ faults }) => faults)]
  }
}

/** Where one side is, and whom it sends to. */
export interface Place {
  readonly port: number
  readonly peerPort: number
}

/** A phone that calls. */
export class Caller implements AsyncDisposable {
  readonly #calls: Calls
  readonly #end: SturdyEnd
  readonly #place: Place
  #serial = 0

  private constructor(calls: Calls, end: SturdyEnd, place: Place) {
    this.#calls = calls
    this.#end = end
    this.#place = place
  }

  static async open(place: Place): Promise<Caller> {
    const calls = new Calls()
    const user = {
      onRequest: (request: SipText, reply: Reply) => calls.asks(request, reply),
      onAccepted: (response: SipText) => calls.accepted(response),
    }
    return new Caller(calls, await SturdyEnd.open(place.port, place.peerPort, user), place)
  }

  get faults(): string[] {
    return this.#calls.faults
  }

  /** Plays the caller's part. */
  async play(deed: Deed, caller: string, key: string): Promise<Told> {
    const callId = `sturdy-${process.pid}-${++this.#serial}`
    const target = `sip:${deed.called}@127.0.0.1:${this.#place.peerPort}`
    const local = `<sip:${caller}@127.0.0.1>;tag=${callId}`
    const call = new SturdyCall(this.#end, callId, { callId, local, remote: `<${target}>`, target })
    this.#calls.add(call)
    return inTime(deed.caller(call, key))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end[Symbol.asyncDispose]()
  }
}

/** A carrier that plays the callee's part of whatever is called. */
export class Callee implements AsyncDisposable {
  readonly told = new Map<string, Promise<Told>[]>()
  readonly #calls = new Calls()
  readonly #deeds: readonly Deed[]
  #end: SturdyEnd | undefined
  #serial = 0

  private constructor(deeds: readonly Deed[]) {
    this.#deeds = deeds
  }

  static async open(place: Place, deeds: readonly Deed[]): Promise<Callee> {
    const callee = new Callee(deeds)
    callee.#end = await SturdyEnd.open(place.port, place.peerPort, {
      onRequest: (request, reply) => callee.#take(request, reply),
      onAccepted: (response) => callee.#calls.accepted(response),
    })
    return callee
  }

  get faults(): string[] {
    return this.#calls.faults
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end?.[Symbol.asyncDispose]()
  }

  #take(request: SipText, reply: Reply): void {
    const isNew = request.method === 'INVITE' && tagOf(request.first('To')) === ''
    const deed = this.#deeds.find(({ called }) => request.requestUri.includes(called))
    if (isNew && deed) this.#play(deed, request, reply)
    else this.#calls.asks(request, reply)
  }

  #play(deed: Deed, invite: SipText, reply: Reply): void {
    const open = (name: string) => this.#open(invite, name)
    const told = inTime(deed.callee({ invite, reply, open }))
    this.told.set(deed.called, [...(this.told.get(deed.called) ?? []), told])
  }

  #open(invite: SipText, name: string): SturdyCall {
    if (!this.#end) throw new Error('the callee is not open')
    const dialog: SturdyDialog = {
      callId: invite.first('Call-ID'),
      local: `${invite.first('To')};tag=${name}-${++this.#serial}`,
      remote: invite.first('From'),
      target: uriOf(invite.first('Contact')),
    }
    const call = new SturdyCall(this.#end, name, dialog)
    this.#calls.add(call)
    return call
  }
}

/** What a party tells, or that it never comes to its end. */
function inTime(told: Promise<Told>): Promise<Told> {
  return Promise.race([told.catch(String), delay(partMs, 'not over')])
}
