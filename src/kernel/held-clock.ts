import type { Clock } from './clock.ts'

/** So far a wall clock may be set on or back and is followed without a word. */
export const stepMaxMs = 60_000
/** A clock that was set back further is followed after it has stayed so for this long. */
export const heldMs = 3_600_000
/** In this time after the start it is followed at once: a machine may come up with a wrong clock. */
export const settlingMs = 600_000
/** Nobody is told of jumps more often; of those in between, of the last. */
const tellPeriodMs = 600_000
/** Earlier times of day that are known again. */
const earlierMax = 8

/** A clock that has jumped, and what is made of it. */
export interface ClockJump {
  /** Which moment it came to, and which one would have been due. */
  readonly nowMs: number
  readonly dueMs: number
  /** Whether the moment that was due counts on. */
  readonly isHeld: boolean
}

/**
 * The same clock, whose wall time does not go back by more than a minute unless it has stayed so for an
 * hour: what has ended, such as a key, a token or a nonce, is not in force again because the clock was
 * set back. A jump ahead is followed, so that what ends ends; when the clock comes back from one, that is
 * followed as well. `onJump` hears of jumps.
 */
export function heldClock(clock: Clock, onJump: (jump: ClockJump) => void): Clock {
  const holding = new Holding(clock, onJump)
  return {
    now: () => holding.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (periodMs, run) => clock.every(periodMs, run),
  }
}

class Holding {
  readonly #clock: Clock
  readonly #onJump: (jump: ClockJump) => void
  readonly #startMs: number
  /** Wall time less monotonic time, as it is believed. */
  #offsetMs: number
  /** As it was before jumps ahead, the latest last. */
  readonly #earlier: number[] = []
  /** The clock that is not followed, and since when it is what it is. */
  #held: { readonly offsetMs: number; readonly sinceMs: number } | undefined
  #toldMs = Number.NEGATIVE_INFINITY
  /** The last one that came too soon after another to be told. */
  #untold: ClockJump | undefined

  constructor(clock: Clock, onJump: (jump: ClockJump) => void) {
    this.#clock = clock
    this.#onJump = onJump
    this.#startMs = clock.monotonic()
    this.#offsetMs = clock.now() - this.#startMs
  }

  now(): number {
    const wallMs = this.#clock.now()
    const steadyMs = this.#clock.monotonic()
    const offsetMs = wallMs - steadyMs
    const aheadMs = offsetMs - this.#offsetMs
    if (this.#untold) this.#tell(this.#untold, steadyMs)
    if (Math.abs(aheadMs) > stepMaxMs && !this.#follows(offsetMs, steadyMs)) {
      return Math.round(steadyMs + this.#offsetMs)
    }
    this.#offsetMs = offsetMs
    this.#held = undefined
    return wallMs
  }

  #follows(offsetMs: number, steadyMs: number): boolean {
    const jump = { nowMs: steadyMs + offsetMs, dueMs: Math.round(steadyMs + this.#offsetMs) }
    if (offsetMs > this.#offsetMs) {
      this.#earlier.push(this.#offsetMs)
      if (this.#earlier.length > earlierMax) this.#earlier.shift()
      this.#tell({ ...jump, isHeld: false }, steadyMs)
      return true
    }
    const isSettling = steadyMs - this.#startMs < settlingMs
    if (isSettling || this.#earlier.some((one) => Math.abs(one - offsetMs) <= stepMaxMs)) {
      this.#tell({ ...jump, isHeld: false }, steadyMs)
      return true
    }
    const held = this.#held
    if (held && Math.abs(held.offsetMs - offsetMs) <= stepMaxMs) {
      return steadyMs - held.sinceMs >= heldMs
    }
    this.#held = { offsetMs, sinceMs: steadyMs }
    this.#tell({ ...jump, isHeld: true }, steadyMs)
    return false
  }

  #tell(jump: ClockJump, steadyMs: number): void {
    this.#untold = jump
    if (steadyMs - this.#toldMs < tellPeriodMs) return
    this.#untold = undefined
    this.#toldMs = steadyMs
    this.#onJump(jump)
  }
}
