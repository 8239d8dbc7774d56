import type { CallId } from '../../domain/attempt.ts'

/** One call's hold on slots; renewing moves the expiry for all of them at once. */
export interface Hold {
  expiresAtMs: number
}

/** The running calls of one owner. A hold past its expiry counts no longer, swept or not. */
export class Slots {
  readonly #holds = new Map<CallId, Hold>()
  /** No hold expires before this; renewals only make it later than it says. */
  #earliestMs = Infinity

  add(callId: CallId, hold: Hold): void {
    this.#holds.set(callId, hold)
    this.#earliestMs = Math.min(this.#earliestMs, hold.expiresAtMs)
  }

  remove(callId: CallId): void {
    this.#holds.delete(callId)
  }

  /** Slots in use now. Walks the holds only when one of them may have expired. */
  used(nowMs: number): number {
    if (nowMs >= this.#earliestMs) this.#dropExpired(nowMs)
    return this.#holds.size
  }

  #dropExpired(nowMs: number): void {
    this.#earliestMs = Infinity
    for (const [callId, hold] of this.#holds) {
      if (hold.expiresAtMs <= nowMs) this.#holds.delete(callId)
      else this.#earliestMs = Math.min(this.#earliestMs, hold.expiresAtMs)
    }
  }
}
