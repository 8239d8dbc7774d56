import type { Timer } from '../../kernel/clock.ts'
import {
  type Dialog,
  type DialogSeed,
  dialogFromNotify,
  dialogFromResponse,
  seedOf,
} from '../dialog/dialog.ts'
import { firstHeader } from '../message/headers.ts'
import type { Message, Request, Response } from '../message/message.ts'
import { parseParams } from '../message/params.ts'
import { parseSeconds } from '../message/session-expires.ts'
import { fromTag, toTag } from '../message/tags.ts'
import { isToken } from '../message/text.ts'
import type { Client } from '../protocol/types.ts'
import type { ClientTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'
import { ClientRequest } from './client-request.ts'
import { dropLeg, newLeg } from './leg.ts'
import type { Leg, OpenSubscribe, Stack } from './stack.ts'

/** Most dialogs that one SUBSCRIBE may open by its forks. */
const forksMax = 16

/** How long a subscription lasts whose acceptance does not say, seconds. */
const defaultExpiresS = 3_600

/** Longest subscription that is kept, seconds: a week. */
const expiresMaxS = 604_800

/** RFC 6665 4.2.2: answers to a NOTIFY that say that nobody wants it any more. */
const endOfNotify = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604])

/** A SUBSCRIBE of an app's: RFC 6665 4.1. A 2xx opens its dialog, or a NOTIFY that comes before it. */
export class SubscribeRequest extends ClientRequest implements OpenSubscribe {
  readonly #contact: string
  #seed: DialogSeed | undefined
  #expiresS: number | undefined
  #tags = new Set<string>()
  #timer: Timer | undefined

  constructor(stack: Stack, owner: Client, start: { dialogId: string; contact: string }) {
    super(stack, owner, start.dialogId)
    this.#contact = start.contact
  }

  override begin(transaction: ClientTransaction): void {
    super.begin(transaction)
    const { stack, dialogId } = this
    this.#seed = seedOf(transaction.request)
    this.#expiresS = expiresOf(transaction.request)
    stack.subscribes.set(dialogId, this)
    // RFC 6665 4.1.2.4: for timer N, 64*T1, a NOTIFY may open a dialog.
    this.#timer = stack.clock.after(64 * stack.times.t1Ms, () => this.close())
  }

  /** The dialog that a NOTIFY opens which belongs to none yet. */
  notified(notify: Arrival<Request>): Leg | undefined {
    const tag = fromTag(notify.message)
    if (!this.#seed || !this.#takes(tag)) return undefined
    return this.#open(dialogFromNotify(this.#seed, notify), tag)
  }

  protected override final(arrival: Arrival<Response>): void {
    this.settle()
    const { status } = arrival.message
    const tag = toTag(arrival.message)
    if (status >= 300) this.close()
    else if (this.#seed && this.#takes(tag))
      this.#open(dialogFromResponse(this.#seed, arrival), tag)
    const leg = this.stack.legs.byId(this.dialogId)
    if (status < 300 && leg) keepSubscription(this.stack, leg, expiresOf(arrival.message))
    this.deliver(arrival)
  }

  protected override failed(): void {
    this.close()
  }

  #takes(tag: string): boolean {
    return this.owner.alive && isToken(tag) && !this.#tags.has(tag) && this.#tags.size < forksMax
  }

  #open(dialog: Dialog, tag: string): Leg {
    const leg = newLeg(dialog, { kind: 'SUBSCRIBE', owner: this.owner, contact: this.#contact })
    if (this.#tags.size > 0) dialog.nameAsFork()
    this.#tags.add(tag)
    leg.state = 'confirmed'
    this.stack.legs.add(leg)
    this.stack.legs.expose(leg)
    keepSubscription(this.stack, leg, this.#expiresS)
    return leg
  }

  /** From now on no NOTIFY opens a dialog. */
  close(): void {
    this.#timer?.cancel()
    const { subscribes } = this.stack
    if (subscribes.get(this.dialogId) === this) subscribes.delete(this.dialogId)
  }
}

/** The dialog that a NOTIFY opens whose SUBSCRIBE is not answered yet: RFC 6665 4.1.2.4. */
export function legOfNotify(stack: Stack, arrival: Arrival<Request>, id: string): Leg | undefined {
  if (arrival.message.method !== 'NOTIFY') return undefined
  return stack.subscribes.get(id)?.notified(arrival)
}

/**
 * Lets a subscription end by itself when nobody has refreshed it, and gives what is on its way 64*T1
 * more: RFC 6665 4.1.2.
 */
export function keepSubscription(stack: Stack, leg: Leg, expiresS = defaultExpiresS): void {
  leg.expiring?.cancel()
  const lastsMs = Math.min(expiresS, expiresMaxS) * 1_000 + 64 * stack.times.t1Ms
  leg.expiring = stack.clock.after(lastsMs, () => dropLeg(stack, leg))
}

/** What a request or its 2xx in a subscription says of how long it lasts. */
export function renewSubscription(stack: Stack, leg: Leg, message: Message, method: string): void {
  if (leg.kind !== 'SUBSCRIBE') return
  const expiresS = method === 'NOTIFY' ? stateExpires(message) : expiresOf(message)
  if (expiresS !== undefined) keepSubscription(stack, leg, expiresS)
}

/** Whether this is the NOTIFY that ends a subscription, RFC 6665 4.1.3. */
export function isLastNotify(leg: Leg, request: Request): boolean {
  if (leg.kind !== 'SUBSCRIBE' || request.method !== 'NOTIFY') return false
  return (firstHeader(request, 'Subscription-State') ?? '').toLowerCase().startsWith('terminated')
}

/** Whether an answer to a request of ours in a subscription ends it; 0 stands for none. */
export function endsSubscription(leg: Leg, method: string, status: number): boolean {
  if (leg.kind !== 'SUBSCRIBE') return false
  // RFC 6665 4.1.2.1: the notifier does not know the subscription any more.
  if (method === 'SUBSCRIBE') return status === 481
  return method === 'NOTIFY' && (status === 0 || endOfNotify.has(status))
}

function expiresOf(message: Pick<Message, 'headers'>): number | undefined {
  return parseSeconds(firstHeader(message, 'Expires') ?? '')
}

/** RFC 6665 8.2.3: `active;expires=600`. */
function stateExpires(message: Message): number | undefined {
  const value = firstHeader(message, 'Subscription-State') ?? ''
  const semicolonAt = value.indexOf(';')
  const params = semicolonAt < 0 ? undefined : parseParams(value, semicolonAt)
  return parseSeconds(params?.get('expires') ?? '')
}
