/** One call's hold on slots; renewing moves the expiry for all of them at once. */
export interface Hold {
  expiresAtMs: number
}

/** The running calls of one owner. A hold past its expiry counts no longer, swept or not. */
export class Slots {
  readonly #holds = new Set<Hold>()
  /** No hold expires before this; renewals only make it later than it says. */
  #earliestMs = Infinity

  add(hold: Hold): void {
    this.#holds.add(hold)
    this.#earliestMs = Math.min(this.#earliestMs, hold.expiresAtMs)
  }

  remove(hold: Hold): void {
    this.#holds.delete(hold)
  }

  /** Slots in use now. Walks the holds only when one of them may have expired. */
  used(nowMs: number): number {
    if (nowMs >= this.#earliestMs) this.#dropExpired(nowMs)
    return this.#holds.size
  }

  #dropExpired(nowMs: number): void {
    this.#earliestMs = Infinity
    for (const hold of this.#holds) {
      if (hold.expiresAtMs <= nowMs) this.#holds.delete(hold)
      else this.#earliestMs = Math.min(this.#earliestMs, hold.expiresAtMs)
    }
  }
}
