import { Repetition } from '../dialog/repetition.ts'
import { firstHeader, listHeader } from '../message/headers.ts'
import type { Message, Response } from '../message/message.ts'
import { parseRSeq, type RAck } from '../message/rack.ts'
import type { Destination } from '../transport/types.ts'
import type { Leg, Stack } from './stack.ts'

/** RFC 3262 3: the first response number is below 2^31, so that it never wraps. */
const firstRSeqMax = 2 ** 31 - 1

/** Most responses of an app that may wait for a PRACK. */
export const waitingMax = 8

/** The option tag of RFC 3262. */
const optionTag = '100rel'

/** Whether a header that lists option tags names reliable provisional responses. */
export function names100rel(message: Pick<Message, 'headers'>, header: string): boolean {
  return listHeader(message, header).some((tag) => tag.toLowerCase() === optionTag)
}

/** A response of an app's that has to wait. */
export interface Waiting {
  readonly status: number
  /** Whether it has a body, which is taken for a session description. */
  readonly described: boolean
  send(): void
  /** It cannot be sent any more. */
  refuse(): void
}

/** A reliable response as sent. */
export interface SentReliably {
  readonly bytes: Buffer
  readonly to: Destination
  readonly described: boolean
}

/** The provisional responses to one INVITE that are sent reliably: RFC 3262 3. */
export class ReliableResponses {
  readonly #stack: Stack
  readonly #sequence: number
  #giveUp: (() => void) | undefined
  #rseq: number
  #open: { readonly described: boolean; readonly repetition: Repetition } | undefined
  #waiting: Waiting[] = []

  /** `giveUp` is called when a response was repeated for 64*T1 and no PRACK came. */
  constructor(stack: Stack, sequence: number, giveUp: () => void) {
    this.#stack = stack
    this.#sequence = sequence
    this.#giveUp = giveUp
    this.#rseq = stack.random.below(firstRSeqMax)
  }

  /** The number that the next response has. */
  nextRSeq(): number {
    return this.#rseq + 1
  }

  /**
   * Whether a response must wait for a PRACK: a second reliable one always, a 2xx when what is not
   * acknowledged describes a session.
   */
  holds(status: number, isReliable: boolean): boolean {
    if (isReliable) return this.#open !== undefined
    if (status < 200 || status >= 300) return false
    return this.#open?.described === true || this.#waiting.some(({ described }) => described)
  }

  /** False when too many wait already, or a final one does. */
  wait(response: Waiting): boolean {
    const isClosed = this.#waiting.some(({ status }) => status >= 200)
    if (isClosed || this.#waiting.length >= waitingMax) return false
    this.#waiting.push(response)
    return true
  }

  /** Repeats what was just sent until it is acknowledged. */
  sent({ bytes, to, described }: SentReliably): void {
    this.#rseq += 1
    const repetition = new Repetition(this.#stack.clock, this.#stack.times, {
      repeat: () => this.#stack.layer.repeat(bytes, to),
      giveUp: () => this.#giveUp?.(),
    })
    this.#open = { described, repetition }
  }

  /** Takes the RAck of a PRACK; false when it acknowledges nothing that is open. */
  acknowledge({ rseq, sequence, method }: RAck): boolean {
    if (!this.#open || rseq !== this.#rseq || sequence !== this.#sequence) return false
    if (method !== 'INVITE') return false
    this.#open.repetition.stop()
    this.#open = undefined
    return true
  }

  /** Sends what has waited, as far as it may be sent now. */
  release(): void {
    while (!this.#open) {
      const next = this.#waiting.shift()
      if (!next) return
      next.send()
    }
  }

  /**
   * The INVITE has its final response: nothing is repeated any more and nothing else is sent, but a
   * PRACK that is still on its way finds what it acknowledges.
   */
  finish(): void {
    this.#giveUp = undefined
    this.#open?.repetition.stop()
    for (const response of this.#waiting.splice(0)) response.refuse()
  }
}

/** Most reliable responses that may wait for an app's PRACK. */
const owedMax = 8

/** The reliable responses to an INVITE of ours that have come: RFC 3262 4. */
export interface HeardReliable {
  /** The CSeq number of the INVITE. */
  readonly sequence: number
  /** The number of the last one. */
  last: number
  /** Those that the app has still to acknowledge. */
  readonly owed: number[]
}

/** What a provisional response to an INVITE of ours is. */
export type Heard = 'unreliable' | 'new' | 'discard'

/**
 * Looks at a provisional response to the INVITE with that CSeq number. RFC 3262 4: a reliable one is
 * taken if it is the first or the next in order; a repetition, and one that others should have come
 * before, is discarded.
 */
export function hearReliable(leg: Leg, response: Response, sequence: number): Heard {
  const value = firstHeader(response, 'RSeq')
  if (value === undefined || !names100rel(response, 'Require')) return 'unreliable'
  const rseq = parseRSeq(value)
  if (rseq === undefined) return 'discard'
  const before = leg.heard?.sequence === sequence ? leg.heard : undefined
  if (!before) {
    leg.heard = { sequence, last: rseq, owed: [rseq] }
    return 'new'
  }
  if (rseq !== before.last + 1 || before.owed.length >= owedMax) return 'discard'
  before.last = rseq
  before.owed.push(rseq)
  return 'new'
}

/** The RAck for the next PRACK of an app's, or undefined when nothing is to be acknowledged. */
export function nextRAck(leg: Leg): string | undefined {
  const rseq = leg.heard?.owed.shift()
  return rseq === undefined ? undefined : `${rseq} ${leg.heard?.sequence} INVITE`
}
