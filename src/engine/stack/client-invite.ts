import type { Timer } from '../../kernel/clock.ts'
import { type DialogSeed, dialogFromResponse, seedOf } from '../dialog/dialog.ts'
import type { Header, Request, Response } from '../message/message.ts'
import { toTag } from '../message/tags.ts'
import { isToken } from '../message/text.ts'
import type { Client } from '../protocol/types.ts'
import { wireBytes } from '../transaction/kept-bytes.ts'
import type { ClientTransaction } from '../transaction/types.ts'
import { isReliable } from '../transport/protocols.ts'
import type { Arrival } from '../transport/types.ts'
import { ClientRequest } from './client-request.ts'
import { sayGoodbye } from './goodbye.ts'
import { dropLeg, newLeg } from './leg.ts'
import { hearReliable } from './reliable.ts'
import { applyTerms, type LocalSession, localOf, termsOf } from './session.ts'
import type { CancelSent, Leg, OpenInvite, OwedAck, Stack } from './stack.ts'

/** Most branches of one forked INVITE that are told apart; answers of further ones are ignored. */
export const forksMax = 16

/** How long a 2xx is awaited that comes again because its ACK was lost, in T1: the way there and back is one. */
const freshT1 = 2

/** What the peer of a call is told when the application that made it has gone. */
export const ownerGone = 'Application disconnected'

/** What an app's INVITE is started with. */
export interface InviteStart {
  readonly dialogId: string
  readonly contact: string
}

/** An INVITE of an app's that opens a call: RFC 3261 13.2, with its forks. */
export class ClientInvite extends ClientRequest implements OpenInvite {
  readonly #contact: string
  #seed: DialogSeed | undefined
  #credentials: readonly Header[] = []
  /** Early dialogs, and after a 2xx every branch that has accepted. */
  #branches: Leg[] = []
  #winner: Leg | undefined
  /** What the winner is owed; by now its leg may owe the ACK of a re-INVITE. */
  #owed: OwedAck | undefined
  #offered = false
  #local: LocalSession | undefined
  #cancelled = false
  #orphaned = false
  /** Runs while the callee has answered, and not finally. */
  #ringing: Timer | undefined

  constructor(stack: Stack, owner: Client, start: InviteStart) {
    super(stack, owner, start.dialogId)
    this.#contact = start.contact
  }

  override begin(transaction: ClientTransaction): void {
    super.begin(transaction)
    this.#seed = seedOf(transaction.request)
    this.#credentials = credentialsOf(transaction.request)
    this.#local = localOf(transaction.request)
    this.#offered = this.#local !== undefined
    this.stack.invites.set(this.dialogId, this)
    transaction.onTerminated = () => this.#forget()
  }

  override cancel(extraHeaders: readonly Header[]): CancelSent | undefined {
    const sent = this.sendCancel(extraHeaders)
    if (sent) this.#cancelled = true
    return sent
  }

  override orphan(): void {
    this.#orphaned = true
    this.cancel([{ name: 'Reason', value: `SIP;cause=503;text="${ownerGone}"` }])
  }

  /** An early dialog of it is to end: CANCEL ends them all. */
  withdraw(): void {
    this.cancel([])
  }

  override acceptLate(arrival: Arrival<Response>): void {
    this.#acceptOther(arrival)
  }

  protected override trying(arrival: Arrival<Response>): void {
    this.#awaitMore()
    super.trying(arrival)
  }

  protected override settle(): void {
    this.#ringing?.cancel()
    super.settle()
  }

  protected override provisional(arrival: Arrival<Response>) {
    this.#awaitMore()
    const leg = this.#openEarly(arrival)
    if (!leg) return this.deliver(arrival)
    const heard = hearReliable(leg, arrival.message, this.#seed?.sequence ?? 0)
    if (heard === 'discard') return
    // PROTOCOL 6: a reliable response lets the app use its dialog.
    if (heard === 'new') this.stack.legs.expose(leg)
    this.#negotiate(leg, arrival, heard === 'new')
    this.deliver(arrival, leg.dialog.id)
  }

  protected override final(arrival: Arrival<Response>) {
    if (arrival.message.status >= 300) {
      this.settle()
      this.#dropBranches()
      this.deliver(arrival)
      return this.#recordFailure(arrival.message)
    }
    if (!this.#winner) return this.#accept(arrival)
    if (toTag(arrival.message) === this.#winner.dialog.remoteTag) this.#repeatAck(this.#winner)
    else this.#acceptOther(arrival)
  }

  protected override failed(response: Response): void {
    this.#dropBranches()
    this.#recordFailure(response)
  }

  #recordFailure(response: Response): void {
    const reason = this.#cancelled ? 'call-canceled' : 'call-rejected'
    this.stack.records.stop('network', response, reason)
  }

  /**
   * RFC 3261 17.1.1.2 has a call of ours ring for ever, though its callee may be gone: without another
   * word in time it is cancelled, and given up 64*T1 later (9.1). A proxy's timer C would be shorter.
   */
  #awaitMore(): void {
    this.#ringing?.cancel()
    if (this.#cancelled) return
    const { clock, times } = this.stack
    const reason = { name: 'Reason', value: 'SIP;cause=480;text="Not answered in time"' }
    this.#ringing = clock.after(times.ringingMs, () => this.cancel([reason]))
  }

  /** RFC 3261 12.1: a provisional response with a tag opens an early dialog. */
  #openEarly(arrival: Arrival<Response>): Leg | undefined {
    const tag = toTag(arrival.message)
    const known = tag === '' ? undefined : this.#branch(tag)
    if (known || !isToken(tag) || this.#branches.length >= forksMax) return known
    const leg = this.#newBranch(arrival)
    if (!leg) return undefined
    leg.outboundInvite = this
    if (this.#offered) leg.openOffer = 'ours'
    return leg
  }

  /**
   * RFC 3261 13.2.1: what they say answers our offer, or is theirs where we made none. One that not even
   * the 2xx answers is open no more.
   */
  #negotiate(leg: Leg, { message }: Arrival<Response>, reliable: boolean): void {
    const { status, body } = message
    const described = body.length > 0
    if (this.#offered && (described || status >= 200)) leg.openOffer = undefined
    if (!this.#offered && described && (reliable || status >= 200)) leg.openOffer = 'theirs'
  }

  /** The first 2xx: this branch is the call, the others are forgotten (RFC 3261 13.2.2.4). */
  #accept(arrival: Arrival<Response>) {
    const leg = this.#branch(toTag(arrival.message)) ?? this.#newBranch(arrival)
    this.settle()
    if (!leg) return
    for (const other of this.#branches) if (other !== leg) dropLeg(this.stack, other)
    this.#branches = [leg]
    this.#winner = leg
    leg.cancelled = this.#cancelled
    leg.local ??= this.#local
    this.#local = undefined
    this.#confirm(leg, arrival)
    applyTerms(this.stack, leg, { terms: termsOf(arrival.message), peer: arrival.message })
    this.#owed = leg.owedAck
    if (this.#orphaned) return sayGoodbye(this.stack, leg, ownerGone)
    this.stack.legs.rename(leg, this.dialogId)
    this.deliver(arrival)
    this.stack.records.start('network', arrival.message, 'uac')
  }

  /** RFC 3261 13.2.2.4: another branch has accepted, or one whose call had failed: ACK and BYE. */
  #acceptOther(arrival: Arrival<Response>) {
    const known = this.#branch(toTag(arrival.message))
    if (known) return this.#repeatAck(known)
    if (this.#branches.length >= forksMax) return
    const leg = this.#newBranch(arrival, nobody)
    if (!leg) return
    this.#confirm(leg, arrival)
    if (this.#winner) noteHeard(this.#winner)
    sayGoodbye(this.stack, leg, 'Answered elsewhere')
  }

  #confirm(leg: Leg, arrival: Arrival<Response>): void {
    leg.dialog.confirm(arrival)
    leg.state = 'confirmed'
    leg.outboundInvite = undefined
    this.#negotiate(leg, arrival, true)
    leg.owedAck = {
      sequence: this.#seed?.sequence ?? 0,
      credentials: this.#credentials,
      sent: undefined,
    }
  }

  #newBranch(arrival: Arrival<Response>, owner: Client = this.owner): Leg | undefined {
    if (!this.#seed) return undefined
    const dialog = dialogFromResponse(this.#seed, arrival)
    // Forks would have one id between them: until one answers, all but the first have their tag in it.
    if (this.#branches.length > 0) dialog.nameAsFork()
    const use = { kind: 'INVITE', owner, contact: this.#contact } as const
    const leg = newLeg(dialog, use)
    this.#branches.push(leg)
    this.stack.legs.add(leg)
    return leg
  }

  #branch(tag: string): Leg | undefined {
    return this.#branches.find((leg) => leg.dialog.remoteTag === tag)
  }

  #dropBranches(): void {
    for (const leg of this.#branches) dropLeg(this.stack, leg)
    this.#branches = []
  }

  #repeatAck(leg: Leg): void {
    repeatAck(this.stack, leg === this.#winner ? this.#owed : leg.owedAck)
  }

  /** RFC 3261 13.2.2.4: 64*T1 after the first 2xx no other one is waited for. */
  #forget(): void {
    if (this.stack.invites.get(this.dialogId) === this) this.stack.invites.delete(this.dialogId)
    for (const leg of this.#branches) forgetAck(leg)
    this.#owed = undefined
    this.#branches = []
  }
}

/** Sends an ACK again whose 2xx has come again. */
export function repeatAck(stack: Stack, owed: OwedAck | undefined): void {
  if (owed?.sent) stack.layer.repeat(wireBytes(owed.sent.kept), owed.sent.to)
}

/**
 * Sends an ACK again ahead of the first request that follows it, while nobody can know that it has
 * arrived: its loss shows by the 2xx that comes again after T1. Who gets both takes the second for
 * a repetition (RFC 3261 13.3.1.4).
 */
export function repeatFreshAck(stack: Stack, { owedAck }: Leg): void {
  const sent = owedAck?.sent
  if (sent?.freshAtMs === undefined) return
  const ageMs = stack.clock.monotonic() - sent.freshAtMs
  sent.freshAtMs = undefined
  const isSure = isReliable(sent.to.protocol) || ageMs >= freshT1 * stack.times.t1Ms
  if (!isSure) repeatAck(stack, owedAck)
}

/** The peer has sent something since: it has the dialog, and an ACK would come out of turn. */
export function noteHeard({ owedAck }: Leg): void {
  if (owedAck?.sent) owedAck.sent.freshAtMs = undefined
}

/** Lets go of an ACK that nobody will ask for again. */
export function forgetAck(leg: Leg): void {
  if (leg.owedAck?.sent) leg.owedAck = undefined
}

/** RFC 3261 13.2.2.4, 22.1: what an ACK repeats of its INVITE. */
export function credentialsOf(request: Request): readonly Header[] {
  return request.headers.filter(
    ({ name }) => name === 'Authorization' || name === 'Proxy-Authorization',
  )
}

/** The owner of what no app ever hears of. */
export const nobody: Client = { id: 0, alive: false, send: () => undefined }
