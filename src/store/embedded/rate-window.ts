const windowMs = 1000
/** Larger limits are cut down to this; a ring of it is 80 kB. */
const callsMax = 10_000

/**
 * The admissions of one owner against `perSecondMax` and `burst`. Every admission is booked into a
 * schedule that never holds more than `perSecondMax` in any one second; up to `burst` bookings may
 * lie ahead of the present. Therefore any `n` whole seconds hold at most
 * `n * perSecondMax + burst` admissions, and without burst no second ever holds one too many.
 */
export class RateWindow {
  readonly #perSecondMax: number
  readonly #burst: number
  /** The newest bookings, milliseconds, a ring; `#next` is the place of the next one. */
  readonly #booked: Float64Array
  #next = 0

  constructor(perSecondMax: number, burst: number) {
    this.#perSecondMax = wholeCalls(perSecondMax)
    this.#burst = wholeCalls(burst)
    this.#booked = new Float64Array(Math.max(this.#perSecondMax, this.#burst, 1)).fill(-Infinity)
  }

  /** Milliseconds until one more admission fits: 0 for now, undefined for never. */
  freesInMs(nowMs: number): number | undefined {
    if (this.#perSecondMax === 0) return undefined
    const wait = this.#nextBooking(nowMs) - nowMs
    if (wait === 0 || this.#burst === 0) return wait
    return Math.max(0, Math.min(wait, this.#fromLast(this.#burst) - nowMs))
  }

  /** Books one admission. Only right after `freesInMs` said 0. */
  book(nowMs: number): void {
    this.#push(this.#nextBooking(nowMs))
  }

  /** Admissions of the last second, and those that are booked ahead. */
  used(nowMs: number): number {
    return this.#booked.reduce((count, at) => (at > nowMs - windowMs ? count + 1 : count), 0)
  }

  /** Whether it can be forgotten: nothing in it matters any more. */
  isIdle(nowMs: number): boolean {
    return this.#fromLast(1) + windowMs <= nowMs
  }

  /** The same window if the limits are unchanged, else a new one that remembers the bookings. */
  withLimits(perSecondMax: number, burst: number): RateWindow {
    const same =
      wholeCalls(perSecondMax) === this.#perSecondMax && wholeCalls(burst) === this.#burst
    if (same) return this
    const changed = new RateWindow(perSecondMax, burst)
    const kept = Math.min(this.#booked.length, changed.#booked.length)
    for (let back = kept; back > 0; back--) changed.#push(this.#fromLast(back))
    return changed
  }

  /** Now, or a second after the booking that is `perSecondMax` before. */
  #nextBooking(nowMs: number): number {
    return Math.max(nowMs, this.#fromLast(this.#perSecondMax) + windowMs)
  }

  #push(bookedMs: number): void {
    this.#booked[this.#next] = bookedMs
    this.#next = (this.#next + 1) % this.#booked.length
  }

  /** The booking `back` places ago, 1 being the newest. */
  #fromLast(back: number): number {
    const length = this.#booked.length
    return this.#booked[(this.#next - back + length) % length] ?? -Infinity
  }
}

/** A limit that is no number, or less than one call, lets nothing through. */
function wholeCalls(limit: number): number {
  return limit >= 1 ? Math.floor(Math.min(limit, callsMax)) : 0
}
