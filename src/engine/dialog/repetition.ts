import type { Clock, Timer } from '../../kernel/clock.ts'

/** When a response is repeated. */
export interface RepetitionTimes {
  readonly t1Ms: number
  /** The longest wait between two; without it each wait is twice the one before. */
  readonly longestMs?: number
}

/** What becomes of a response that nobody has acknowledged yet. */
export interface RepetitionEvents {
  repeat(): void
  giveUp(): void
}

/**
 * Repeats a response until it is acknowledged, whatever the transport, since a hop further on may be
 * unreliable: after T1, then twice as long each time. Gives up after 64*T1. A 2xx to an INVITE has T2
 * as longest wait (RFC 3261 13.3.1.4), a reliable provisional response none (RFC 3262 3).
 */
export class Repetition {
  readonly #clock: Clock
  readonly #longestMs: number
  readonly #events: RepetitionEvents
  readonly #endsAtMs: number
  #delayMs: number
  #timer: Timer

  constructor(clock: Clock, times: RepetitionTimes, events: RepetitionEvents) {
    this.#clock = clock
    this.#longestMs = times.longestMs ?? Number.POSITIVE_INFINITY
    this.#events = events
    this.#endsAtMs = clock.monotonic() + 64 * times.t1Ms
    this.#delayMs = times.t1Ms
    this.#timer = clock.after(this.#delayMs, () => this.#fire())
  }

  /** The acknowledgement has come, or nobody wants it any more. */
  stop(): void {
    this.#timer.cancel()
  }

  #fire() {
    const leftMs = this.#endsAtMs - this.#clock.monotonic()
    if (leftMs <= 0) return this.#events.giveUp()
    this.#events.repeat()
    this.#delayMs = Math.min(2 * this.#delayMs, this.#longestMs)
    this.#timer = this.#clock.after(Math.min(this.#delayMs, leftMs), () => this.#fire())
  }
}
