import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'

/** What two sides have agreed on: RFC 4028 7.2 and 9. */
export interface SessionTerms {
  readonly intervalS: number
  readonly weRefresh: boolean
}

/** What a session's time comes to. */
export interface SessionEvents {
  /** Half of the interval is over: it is ours to refresh the session. */
  refresh(): void
  /** Nobody has refreshed the session: it is to be ended. */
  expire(): void
}

/** Longest interval that is kept to, seconds: a week. */
const intervalMaxS = 604_800

/** Our refresh comes up to this much early, so that many sessions do not refresh at once. */
const spreadMs = 5_000

/**
 * Keeps the time of one session. RFC 4028 10: its refresher refreshes it after half the interval,
 * and whoever waits in vain ends it the lesser of 32 s and a third of the interval before its end.
 */
export class SessionTimer {
  readonly #clock: Clock
  readonly #random: Random
  readonly #events: SessionEvents
  #terms: SessionTerms = { intervalS: 0, weRefresh: false }
  #refreshing: Timer | undefined
  #expiring: Timer | undefined

  constructor(clock: Clock, random: Random, events: SessionEvents) {
    this.#clock = clock
    this.#random = random
    this.#events = events
  }

  get terms(): SessionTerms {
    return this.#terms
  }

  /** The session is refreshed, from now on by these terms. */
  arm(terms: SessionTerms): void {
    this.stop()
    this.#terms = terms
    const intervalMs = Math.min(terms.intervalS, intervalMaxS) * 1_000
    const endMs = intervalMs - Math.min(32_000, intervalMs / 3)
    this.#expiring = this.#clock.after(endMs, () => this.#events.expire())
    if (terms.weRefresh) this.refreshAfter(intervalMs / 2 - this.#random.below(spreadMs))
  }

  /** Has the refresh come, or come again, after so long. The session ends when it always did. */
  refreshAfter(delayMs: number): void {
    this.#refreshing?.cancel()
    // A longer one than Node's timers can wait would fire at once, again and again.
    const waitMs = Math.min(delayMs, intervalMaxS * 1_000)
    this.#refreshing = this.#clock.after(waitMs, () => this.#events.refresh())
  }

  stop(): void {
    this.#refreshing?.cancel()
    this.#expiring?.cancel()
  }
}
