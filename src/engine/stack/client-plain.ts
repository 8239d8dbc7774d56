import { sequenceOf, sourceOf } from '../dialog/dialog.ts'
import type { Header, Request, Response } from '../message/message.ts'
import type { ClientTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'
import { targetRefreshers } from './answer.ts'
import { credentialsOf, forgetAck, repeatAck } from './client-invite.ts'
import { ClientRequest } from './client-request.ts'
import { acknowledge } from './goodbye.ts'
import { dropLeg } from './leg.ts'
import { hearReliable } from './reliable.ts'
import { applyTerms, describes, type LocalSession, localOf, termsOf } from './session.ts'
import type { CancelSent, Leg, OwedAck, Stack } from './stack.ts'
import { endsSubscription, isLastNotify, renewSubscription } from './subscription.ts'

/** A request of an app's outside any dialog that is no INVITE. */
export class PlainRequest extends ClientRequest {
  protected override final(arrival: Arrival<Response>): void {
    this.settle()
    this.deliver(arrival)
  }

  protected override failed(): void {}
}

/** A request of an app's inside a dialog, a re-INVITE among them: RFC 3261 12.2.1 and 14.1. */
export class DialogRequest extends ClientRequest {
  readonly #leg: Leg
  readonly #method: string
  readonly #endsSubscription: boolean
  readonly #credentials: readonly Header[]
  readonly #sequence: number
  readonly #local: LocalSession | undefined
  #owed: OwedAck | undefined

  constructor(stack: Stack, leg: Leg, request: Request) {
    super(stack, leg.owner, leg.dialog.id)
    this.#leg = leg
    this.#method = request.method
    this.#endsSubscription = isLastNotify(leg, request)
    this.#credentials = credentialsOf(request)
    this.#sequence = sequenceOf(request)
    this.#local = describes.has(request.method) ? localOf(request) : undefined
  }

  override get opens(): boolean {
    return false
  }

  override begin(transaction: ClientTransaction): void {
    super.begin(transaction)
    if (this.#method === 'UPDATE') this.#leg.outboundUpdate = this.#local ? 'offer' : 'bare'
    if (this.#method !== 'INVITE') return
    this.#leg.outboundInvite = this
    transaction.onTerminated = () => {
      if (this.#owed && this.#leg.owedAck === this.#owed) forgetAck(this.#leg)
    }
  }

  override cancel(extraHeaders: readonly Header[]): CancelSent | undefined {
    return this.#method === 'INVITE' ? this.sendCancel(extraHeaders) : undefined
  }

  /** The dialog is being ended while its re-INVITE is open. */
  withdraw(): void {
    this.cancel([])
  }

  protected override provisional(arrival: Arrival<Response>): void {
    const isInvite = this.#method === 'INVITE'
    const heard = isInvite && hearReliable(this.#leg, arrival.message, this.#sequence)
    if (heard !== 'discard') this.deliver(arrival)
  }

  protected override final(arrival: Arrival<Response>) {
    // RFC 3261 13.2.2.4: a 2xx that comes again wants its ACK again.
    if (this.#owed) return repeatAck(this.stack, this.#owed)
    const { status } = arrival.message
    this.settle()
    this.#close()
    if (status < 300) this.#succeed(arrival)
    this.deliver(arrival)
    if (this.#endsDialog(status)) dropLeg(this.stack, this.#leg)
  }

  protected override failed(): void {
    this.#close()
    if (this.#endsDialog(0)) dropLeg(this.stack, this.#leg)
  }

  #succeed(arrival: Arrival<Response>): void {
    const leg = this.#leg
    if (targetRefreshers.has(this.#method)) {
      leg.dialog.refreshTarget(arrival.message, sourceOf(arrival))
    }
    this.#renew(arrival)
    if (this.#method === 'SUBSCRIBE')
      renewSubscription(this.stack, leg, arrival.message, 'SUBSCRIBE')
    if (this.#method !== 'INVITE') return
    this.#owed = { sequence: this.#sequence, credentials: this.#credentials, sent: undefined }
    leg.owedAck = this.#owed
    // The app has ended the dialog meanwhile: it will not ACK what it does not know of.
    if (leg.state === 'ending' || !leg.owner.alive) acknowledge(this.stack, leg)
  }

  /** RFC 4028 7.4: a re-INVITE and an UPDATE refresh the session. */
  #renew({ message }: Arrival<Response>): void {
    const leg = this.#leg
    const isUpdate = this.#method === 'UPDATE'
    if (leg.state === 'confirmed' && (isUpdate || this.#method === 'INVITE')) {
      applyTerms(this.stack, leg, { terms: termsOf(message), peer: message })
    }
    if (leg.session || leg.state === 'early') leg.local = this.#local ?? leg.local
  }

  #close(): void {
    const leg = this.#leg
    if (leg.outboundInvite === this) leg.outboundInvite = undefined
    if (this.#method === 'UPDATE') leg.outboundUpdate = undefined
  }

  /** PROTOCOL 4.2: BYE ends its dialog with its answer, unless that asks for credentials. */
  #endsDialog(status: number): boolean {
    if (this.#method === 'BYE') return status !== 401 && status !== 407
    return this.#endsSubscription || endsSubscription(this.#leg, this.#method, status)
  }
}
