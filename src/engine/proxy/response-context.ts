import type { Request, Response } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import { toTag } from '../message/tags.ts'
import { Attempts, type Places } from '../stack/attempts.ts'
import { newTag } from '../stack/build-request.ts'
import { ownResponse } from '../stack/build-response.ts'
import { terminated } from '../stack/pending.ts'
import type { Stack } from '../stack/stack.ts'
import type { ClientTransaction, ServerTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'
import { bestResponse } from './best-response.ts'
import { Branch, type BranchEvents, type BranchTimes } from './branch.ts'
import { targetsMax } from './command.ts'
import { withoutTopVia } from './forward.ts'
import { redirectTargets } from './redirect.ts'

/** A copy that is ready to go, or undefined where its target leads nowhere. */
export type Launch = { readonly request: Request; readonly way: Places } | undefined

/** Where a copy goes, and how much it may branch out from there. */
export interface Target {
  readonly uri: string
  readonly breadth: number
}

/** What a context is told to do. */
export interface Forwarding {
  readonly transaction: ServerTransaction
  readonly targets: readonly string[]
  readonly simultaneous: boolean
  readonly followRedirects: boolean
  readonly times: BranchTimes
  readonly loopMark: string
  /** RFC 5393 5.3.3: how many branches there may be in all, counted over every hop to come. */
  readonly breadth: number
  /** Finds the way to a target and makes the copy for it; `done` may be called later. */
  readonly prepare: (target: Target, done: (launch: Launch) => void) => void
  readonly events: ContextEvents
}

/** What a context tells whoever has started it. */
export interface ContextEvents {
  /** A copy has left. */
  onSent(request: Request): void
  /** A 1xx above 100 or a 2xx is passed on. */
  onPassed(arrival: Arrival<Response>): void
  /** A target has answered finally, before any final response was passed on. */
  onFinal?(arrival: Arrival<Response>, uri: string): void
  /** The request has its final response, or none can be sent. Called once. */
  onDone(last: Response | undefined): void
}

/** RFC 3261 16.7.6: a 503 of one target says nothing of us. */
const serverError = { code: 500, reason: 'Internal Server Error' } as const

/**
 * The response context of one forwarded request, RFC 3261 16.7: its targets one after the other or
 * all at once, and of all their answers the one that is passed on.
 */
export class ResponseContext implements BranchEvents {
  readonly #stack: Stack
  readonly #forwarding: Forwarding
  readonly #branches: Branch[] = []
  readonly #refusals: Response[] = []
  readonly #tried = new Set<string>()
  #waiting: string[]
  #breadth: number
  #preparing = 0
  #cancelled = false
  #finished = false

  constructor(stack: Stack, forwarding: Forwarding) {
    this.#stack = stack
    this.#forwarding = forwarding
    this.#waiting = forwarding.targets.slice(0, targetsMax)
    this.#breadth = forwarding.breadth
  }

  /** Starts the first target, or all of them. */
  start(): void {
    this.#stack.proxies.set(this.#forwarding.transaction.id, this)
    this.#goOn()
  }

  /**
   * The caller's CANCEL, which the layer has answered: RFC 3261 16.10. Targets that have said
   * something answer 487, which is passed on; where none has, nobody need be waited for.
   */
  cancel(): void {
    this.#cancelled = true
    this.#waiting = []
    const open = this.#branches.filter(({ settled }) => !settled)
    for (const branch of open) branch.cancel()
    if (!open.some(({ heard }) => heard)) this.#finishAs(terminated)
  }

  onProvisional(_branch: Branch, arrival: Arrival<Response>) {
    if (this.#finished) return
    const response = withoutTopVia(arrival.message)
    this.#forwarding.events.onPassed(arrival)
    this.#forwarding.transaction.respond(response)
  }

  /** RFC 3261 16.7.5: every 2xx to an INVITE is passed on, at once and again and again. */
  onSuccess(branch: Branch, arrival: Arrival<Response>) {
    const { transaction, events } = this.#forwarding
    const response = withoutTopVia(arrival.message)
    if (this.#finished) {
      if (transaction.arrival.message.method !== 'INVITE') return
      const to = this.#stack.layer.responseDestination(transaction)
      return this.#stack.layer.repeat(serialize(response), to)
    }
    this.#waiting = []
    for (const other of this.#branches) if (other !== branch) other.drop()
    events.onFinal?.(arrival, branch.uri)
    events.onPassed(arrival)
    this.#finish(response)
  }

  onRefused(branch: Branch, arrival: Arrival<Response>): void {
    if (this.#finished) return
    this.#breadth += branch.breadth
    this.#forwarding.events.onFinal?.(arrival, branch.uri)
    const { status } = arrival.message
    const isFollowed = this.#follow(arrival.message)
    if (!isFollowed) this.#refusals.push(withoutTopVia(arrival.message))
    // RFC 3261 16.7.5: a 6xx is an answer for everybody. A challenge is the caller's to answer.
    if (status >= 600) this.#stopOthers()
    if (status === 401 || status === 407) this.#waiting = []
    this.#goOn()
  }

  onGone(branch: Branch, status: 408 | 503): void {
    if (this.#finished) return
    this.#breadth += branch.breadth
    const reason = status === 408 ? 'Request Timeout' : 'Service Unavailable'
    this.#refusals.push(this.#own({ code: status, reason }))
    this.#goOn()
  }

  #goOn() {
    this.#next()
    const isOpen = this.#preparing > 0 || this.#branches.some(({ settled }) => !settled)
    if (!isOpen && !this.#finished) this.#finishWithBest()
  }

  /** Starts what is to be started: all that waits, or one where none is under way. */
  #next(): void {
    // RFC 5393 5.3.3: what there is no breadth left for waits until a branch has ended.
    while (this.#waiting.length > 0 && this.#breadth > 0) {
      const isBusy = this.#preparing > 0 || this.#branches.some(({ settled }) => !settled)
      if (isBusy && !this.#forwarding.simultaneous) return
      const share = this.#forwarding.simultaneous ? this.#waiting.length : 1
      const uri = this.#waiting.shift() ?? ''
      if (this.#tried.has(uri)) continue
      this.#launch({ uri, breadth: Math.max(1, Math.floor(this.#breadth / share)) })
    }
  }

  #launch(target: Target): void {
    this.#tried.add(target.uri)
    this.#breadth -= target.breadth
    this.#preparing += 1
    let isHere = true
    this.#forwarding.prepare(target, (launch) => {
      this.#preparing -= 1
      // RFC 3261 16.10: nothing is forwarded any more for a caller who has cancelled.
      if (launch && !this.#finished && !this.#cancelled) this.#send(target, launch)
      else this.#breadth += target.breadth
      if (!isHere) this.#goOn()
    })
    isHere = false
  }

  #send(target: Target, { request, way }: NonNullable<Launch>): void {
    const { layer, clock } = this.#stack
    const { times, loopMark, events } = this.#forwarding
    const cancel = (invite: ClientTransaction) => void layer.cancel(invite, [])
    const opens = toTag(request) === ''
    const branch = new Branch({ target, loopMark, opens, clock, times, events: this, cancel })
    this.#branches.push(branch)
    const transaction = new Attempts(this.#stack, { request, way, user: branch }).start()
    branch.begin(transaction)
    events.onSent(transaction.request)
  }

  /** Whether the redirection gave a target that is new: it is tried next. */
  #follow(response: Response): boolean {
    if (!this.#forwarding.followRedirects || this.#cancelled) return false
    if (response.status < 300 || response.status >= 400) return false
    const room = targetsMax - this.#tried.size - this.#waiting.length
    const found = redirectTargets(response).filter((uri) => !this.#tried.has(uri))
    this.#waiting.unshift(...found.slice(0, Math.max(room, 0)))
    return found.length > 0 && room > 0
  }

  #stopOthers(): void {
    this.#waiting = []
    for (const branch of this.#branches) if (!branch.settled) branch.cancel()
  }

  #finishWithBest() {
    const best = bestResponse(this.#refusals)
    if (!best) return this.#finishAs(this.#cancelled ? terminated : serverError)
    if (this.#cancelled && best.status === 408) return this.#finishAs(terminated)
    if (best.status === 503) return this.#finishAs(serverError)
    // RFC 4320 4.2: a 408 to anything but INVITE comes too late for its sender.
    const isLate = best.status === 408 && this.#request.method !== 'INVITE'
    this.#finish(isLate ? undefined : best)
  }

  #finishAs(status: { readonly code: number; readonly reason: string }): void {
    this.#finish(this.#own(status))
  }

  #finish(response: Response | undefined): void {
    const { transaction, events } = this.#forwarding
    if (this.#finished) return
    this.#finished = true
    this.#stack.proxies.delete(transaction.id)
    if (response) transaction.respond(response)
    events.onDone(response)
  }

  get #request(): Request {
    return this.#forwarding.transaction.arrival.message
  }

  #own(status: { readonly code: number; readonly reason: string }): Response {
    return ownResponse(this.#request, { ...status, tag: newTag(this.#stack.random) })
  }
}
