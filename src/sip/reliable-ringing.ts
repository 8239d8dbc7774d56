import type { EngineAbilities } from './abilities.ts'
import type { LegRequest } from './leg-request.ts'
import { type Answer, type Headers, type Payload, plainAnswer } from './messages.ts'
import type { RawMessage } from './raw-message.ts'

/** What becomes of a provisional response that the callee wants acknowledged. RFC 3262. */
export interface Acknowledgement {
  /** The caller's PRACK, to be answered. */
  onPrack(prack: LegRequest): void
  /** The caller will send none: whoever rang must be told by us. */
  withoutPrack(): void
}

/** Whether a header that lists option tags names reliable provisional responses. */
export function names100rel(message: RawMessage, header: 'supported' | 'require'): boolean {
  return message
    .all(header)
    .some((value) => value.split(',').some((tag) => tag.trim().toLowerCase() === '100rel'))
}

/** RFC 3261 8.2.2.3: the answer to an INVITE that requires reliable ringing of an engine that cannot stand it. */
export function ringingRefusal(
  { reliableRinging }: EngineAbilities,
  invite: RawMessage,
): Answer | undefined {
  if (reliableRinging || !names100rel(invite, 'require')) return undefined
  return plainAnswer(420, 'Bad Extension', { Unsupported: '100rel' })
}

/** The same without the offer to acknowledge provisional responses. */
export function without100rel({ headers, body }: Payload): Payload {
  const { Supported, ...others } = headers
  const tags = [Supported ?? []].flat().flatMap((value) => value.split(','))
  const kept = tags.map((tag) => tag.trim()).filter((tag) => tag && tag.toLowerCase() !== '100rel')
  return { headers: kept.length > 0 ? { ...others, Supported: kept.join(', ') } : others, body }
}

/** RFC 3262 7.1, RFC 3261 20.16: what a reliable response says of itself. */
const rseqForm = /^\d{1,10}$/
const cseqForm = /^(\d{1,10})[ \t]+(\w+)$/

/**
 * The headers that say which reliable response a PRACK acknowledges (RFC 3262 7.2). drachtio-server sends none
 * without them; the embedded engine knows by itself.
 */
export function rackOf(ringing: RawMessage): Headers {
  const rseq = rseqForm.exec(ringing.first('rseq') ?? '')?.[0]
  const cseq = cseqForm.exec(ringing.first('cseq') ?? '')
  return rseq && cseq ? { RAck: `${rseq} ${cseq[1]} ${cseq[2]}` } : {}
}

/** A caller that wants every response reliably and gets one that nobody else waits for. */
const ofOurOwn: Acknowledgement = {
  onPrack: (prack) => prack.respond(plainAnswer(200, 'OK')),
  withoutPrack: () => undefined,
}

/** What of our ringing the caller has still to acknowledge. */
export class ReliableRinging {
  readonly #understood: boolean
  readonly #required: boolean
  readonly #open: Acknowledgement[] = []

  /** `possible` says whether the engine stands it when a caller never acknowledges. */
  constructor(invite: RawMessage, possible: boolean) {
    this.#required = possible && names100rel(invite, 'require')
    this.#understood = this.#required || (possible && names100rel(invite, 'supported'))
  }

  /**
   * The response as the caller gets it: reliably where it knows how and somebody waits for its PRACK,
   * or where it wants nothing else.
   */
  prepare(answer: Answer, wanted: Acknowledgement | undefined): Answer {
    if (!this.#understood) wanted?.withoutPrack()
    const acknowledgement = wanted ?? (this.#required ? ofOurOwn : undefined)
    if (!this.#understood || !acknowledgement || answer.status <= 100) return answer
    this.#open.push(acknowledgement)
    return { ...answer, headers: { ...answer.headers, Require: '100rel' } }
  }

  /** The response has not left: the caller acknowledges nothing of it. */
  unsent(wanted: Acknowledgement | undefined): void {
    const at = this.#open.lastIndexOf(wanted ?? ofOurOwn)
    for (const acknowledgement of at < 0 ? [] : this.#open.splice(at, 1)) {
      acknowledgement.withoutPrack()
    }
  }

  /** A PRACK that the engine let through acknowledges the oldest response that is open. */
  acknowledged(): Acknowledgement | undefined {
    return this.#open.shift()
  }

  /** The call is answered: nobody has to wait for the caller's PRACK any more. */
  answered(): void {
    for (const acknowledgement of this.#open.splice(0)) acknowledgement.withoutPrack()
  }
}
