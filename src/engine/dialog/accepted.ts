import type { Clock, Timer } from '../../kernel/clock.ts'

/** The times of RFC 3261 13.3.1.4. */
export interface AcceptedTimes {
  readonly t1Ms: number
  readonly t2Ms: number
}

/** What becomes of a 2xx that is not ACKed yet. */
export interface AcceptedEvents {
  repeat(): void
  giveUp(): void
}

/**
 * Repeats a 2xx to an INVITE until its ACK comes, whatever the transport, since a hop further on may
 * be unreliable: after T1, then twice as long each time up to T2. RFC 3261 13.3.1.4: gives up after
 * 64*T1.
 */
export class Accepted {
  readonly #clock: Clock
  readonly #times: AcceptedTimes
  readonly #events: AcceptedEvents
  readonly #endsAtMs: number
  #delayMs: number
  #timer: Timer

  constructor(clock: Clock, times: AcceptedTimes, events: AcceptedEvents) {
    this.#clock = clock
    this.#times = times
    this.#events = events
    this.#endsAtMs = clock.monotonic() + 64 * times.t1Ms
    this.#delayMs = times.t1Ms
    this.#timer = clock.after(this.#delayMs, () => this.#fire())
  }

  /** The ACK has come, or nobody wants it any more. */
  stop(): void {
    this.#timer.cancel()
  }

  #fire() {
    const leftMs = this.#endsAtMs - this.#clock.monotonic()
    if (leftMs <= 0) return this.#events.giveUp()
    this.#events.repeat()
    this.#delayMs = Math.min(2 * this.#delayMs, this.#times.t2Ms)
    this.#timer = this.#clock.after(Math.min(this.#delayMs, leftMs), () => this.#fire())
  }
}
