import { Failure } from '../kernel/failure.ts'
import type { AnsweredLeg, InboundCall } from '../sip/inbound-call.ts'
import type { PendingRequest } from '../sip/leg-transaction.ts'
import type { Answer, Payload } from '../sip/messages.ts'
import type { Acknowledgement } from '../sip/reliable-ringing.ts'

/** Provisional responses that are held back for one call; a further one is not passed on. */
const ringsMax = 16

/**
 * A call whose caller hears nothing of it, the engine's 100 apart, before it is let go: what is said
 * to the caller until then is said then, in its order. Where it is cut off instead, nothing of that
 * is ever said, and whoever holds the call itself has to answer. `onHeld` hears of the first thing that
 * is held back.
 */
export class HeldCall implements InboundCall {
  readonly attempt: InboundCall['attempt']
  readonly message: InboundCall['message']
  readonly #inbound: InboundCall
  readonly #onHeld: () => void
  /** What is to be said; undefined once it is let go or cut off. */
  #held: (() => void)[] | undefined = []
  #isCutOff = false
  readonly #waiting = new Set<(failure: Failure) => void>()

  constructor(inbound: InboundCall, onHeld: () => void) {
    this.#onHeld = onHeld
    this.attempt = inbound.attempt
    this.message = inbound.message
    this.#inbound = inbound
    inbound.onAbandoned(() => this.#giveUp())
  }

  /** Says what was held back; from now on everything is said at once. */
  letGo(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const say of held) say()
  }

  /** Nothing is said by it any more. */
  cutOff(): void {
    this.#held = undefined
    this.#isCutOff = true
    this.#giveUp()
  }

  get abandonment() {
    return this.#inbound.abandonment
  }

  onAbandoned(listener: Parameters<InboundCall['onAbandoned']>[0]): void {
    this.#inbound.onAbandoned(listener)
  }

  ring(answer: Answer, acknowledgement?: Acknowledgement): void {
    if (this.#held && this.#held.length >= ringsMax) acknowledgement?.withoutPrack()
    else this.#say(() => this.#inbound.ring(answer, acknowledgement))
  }

  onEarlyRequest(listener: Parameters<InboundCall['onEarlyRequest']>[0]): void {
    this.#inbound.onEarlyRequest(listener)
  }

  request(method: string, payload: Payload): PendingRequest | undefined {
    return this.#inbound.request(method, payload)
  }

  refuse(answer: Answer): void {
    this.#say(() => this.#inbound.refuse(answer))
  }

  drop(): void {
    this.#say(() => this.#inbound.drop())
  }

  answer(payload: Payload): Promise<AnsweredLeg> {
    if (!this.#held && !this.#isCutOff) return this.#inbound.answer(payload)
    return new Promise((resolve, reject) => {
      if (this.#isCutOff || this.abandonment) return reject(goneCaller())
      this.#waiting.add(reject)
      this.#say(() => {
        this.#waiting.delete(reject)
        this.#inbound.answer(payload).then(resolve, reject)
      })
    })
  }

  #say(say: () => void): void {
    if (this.#held) {
      if (this.#held.push(say) === 1) this.#onHeld()
    } else if (!this.#isCutOff) say()
  }

  /** Who waits for an answer that can't be given is not kept waiting. */
  #giveUp(): void {
    for (const reject of this.#waiting) reject(goneCaller())
    this.#waiting.clear()
  }
}

function goneCaller(): Failure {
  return new Failure('leg_gone', 'the caller is not waiting any more')
}
