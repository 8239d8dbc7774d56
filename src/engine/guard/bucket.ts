/** A token bucket that holds one number: full at first, it lets a burst through, then a rate. */
export class Bucket {
  readonly #everyMs: number
  readonly #burstMs: number
  /** When it would be full again. */
  #fullAtMs = 0

  constructor(perS: number, burst: number) {
    this.#everyMs = 1_000 / perS
    this.#burstMs = burst * this.#everyMs
  }

  /** Takes one token, if there is one. */
  take(nowMs: number): boolean {
    const dueMs = Math.max(this.#fullAtMs, nowMs) + this.#everyMs
    if (dueMs - nowMs > this.#burstMs) return false
    this.#fullAtMs = dueMs
    return true
  }
}
