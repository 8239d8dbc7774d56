import type { Timer } from '../kernel/clock.ts'
import type { Leg, LegEnd } from '../sip/leg.ts'
import type { Headers } from '../sip/messages.ts'
import { passingHeaders } from './headers.ts'
import type { CallEnd, RelayedCall } from './relayed-call.ts'

/** The longest wait that a timer can be set for; a longer one would fire at once. */
const timerMaxMs = 2 ** 31 - 1

/** What of a call its end needs. */
export type TornCall = Pick<RelayedCall, 'clock' | 'durationMaxMs' | 'control'>

export type Side = 'caller' | 'callee'

/**
 * Ends an answered call, once, whoever or whatever wants it to end. docs/teardown.md has the table
 * of who ends what.
 */
export class Teardown {
  readonly ended: Promise<CallEnd>
  readonly #call: TornCall
  readonly #legs: Readonly<Record<Side, Leg>>
  readonly #answeredMs: number
  readonly #timer: Timer
  #settle: (end: CallEnd) => void = () => undefined
  #over = false

  constructor(call: TornCall, caller: Leg, callee: Leg) {
    this.#call = call
    this.#legs = { caller, callee }
    this.#answeredMs = call.clock.monotonic()
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    const delayMs = Math.min(call.durationMaxMs, timerMaxMs)
    this.#timer = call.clock.after(delayMs, () => this.byGate('duration_max'))
  }

  /** From now on others may end the call too. */
  listen(): void {
    this.#call.control.onHangUp((cause) => this.byGate(cause))
  }

  /** A leg has ended by itself: the other one is ended with the reason given. RFC 3326. */
  byLeg(side: Side, end: LegEnd): void {
    if (this.#over) return
    const reason = end.message ? passingHeaders(end.message, 'bye') : {}
    this.#legs[side === 'caller' ? 'callee' : 'caller'].bye(reason)
    this.#finish(end.cause === 'bye' ? side : 'gate', end.cause)
  }

  /** We end both legs. */
  byGate(cause: string): void {
    if (this.#over) return
    const reason: Headers = { Reason: `SIP;cause=200;text="${cause}"` }
    this.#legs.caller.bye(reason)
    this.#legs.callee.bye(reason)
    this.#finish('gate', cause)
  }

  #finish(endedBy: CallEnd['endedBy'], cause: string): void {
    this.#over = true
    this.#timer.cancel()
    const durationMs = Math.round(this.#call.clock.monotonic() - this.#answeredMs)
    this.#settle({ endedBy, cause, status: 200, durationMs })
  }
}
