import type { Clock } from '../../kernel/clock.ts'
import { putLast } from '../../kernel/put-last.ts'
import { peerKey, sourceKey } from './source-key.ts'

/** Most sources banned at once; a further ban takes the place of the oldest. */
export const bansMax = 65_536

/** A source and until when it is dropped, wall time. */
export interface BannedSource {
  readonly source: string
  readonly untilMs: number
}

/** The sources whose messages are dropped unread, each for its time, however the wall clock is set; bounded. */
export class Bans {
  readonly #clock: Clock
  /** By the monotonic clock. */
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#until.size
  }

  ban(address: string, forMs: number): void {
    const key = sourceKey(address)
    if (key === undefined || !(forMs > 0)) return
    putLast(this.#until, [key, this.#clock.monotonic() + forMs], bansMax)
  }

  /** Takes the address, or the network as `list` names it. */
  unban(source: string): void {
    this.#until.delete(sourceKey(source) ?? source)
  }

  /** Whether what comes from this address is to be dropped. */
  has(address: string): boolean {
    // Nearly always: so a datagram costs nothing here.
    if (this.#until.size === 0) return false
    const key = peerKey(address)
    const untilMs = this.#until.get(key)
    if (untilMs === undefined) return false
    if (this.#clock.monotonic() < untilMs) return true
    this.#until.delete(key)
    return false
  }

  /** The bans in force. */
  list(): BannedSource[] {
    const nowMs = this.#clock.monotonic()
    for (const [source, untilMs] of this.#until) {
      if (untilMs <= nowMs) this.#until.delete(source)
    }
    const wallMs = this.#clock.now()
    return [...this.#until].map(([source, untilMs]) => {
      return { source, untilMs: Math.round(wallMs + untilMs - nowMs) }
    })
  }
}
