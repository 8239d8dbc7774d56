import { hash } from 'node:crypto'
import type { Clock } from '../../kernel/clock.ts'
import type { Passport } from './read-passport.ts'

/** PASSporTs that are remembered: 400 calls a second for the two minutes that one may be of use. */
const rememberedMax = 50_000

interface Seen {
  readonly sipCallId: string
  /** By the monotonic clock: one that a jump made forget would be taken again after the next. */
  readonly untilMs: number
}

/**
 * Remembers PASSporTs for as long as they are fresh, RFC 8224 12.1: one that comes again with another
 * Call-ID was copied. The same call may come again, as when a carrier tries another way to us. In the
 * memory of this gate alone.
 */
export class ReplayGuard {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #seen = new Map<string, Seen>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  get size(): number {
    return this.#seen.size
  }

  /** Whether a PASSporT that is valid for so long belongs to this call; the first call that brings it has it. */
  claims(passport: Passport, sipCallId: string, forMs: number): boolean {
    const nowMs = this.#clock.monotonic()
    const key = keyOf(passport)
    const callHash = hash('sha256', sipCallId, 'base64url')
    const seen = this.#seen.get(key)
    if (seen && nowMs < seen.untilMs) return seen.sipCallId === callHash
    this.#seen.delete(key)
    this.#makeRoom(nowMs)
    this.#seen.set(key, { sipCallId: callHash, untilMs: nowMs + forMs })
    return true
  }

  /** Those that are over go first; where none is, the one that came first. */
  #makeRoom(nowMs: number): void {
    for (const [key, { untilMs }] of this.#seen) {
      if (untilMs > nowMs && this.#seen.size < rememberedMax) return
      this.#seen.delete(key)
    }
  }
}

/**
 * What was signed, and the half of the signature that can't be changed: of r and s anybody can make r
 * and n - s, which is as valid.
 */
function keyOf({ jws: [jws = ''], r }: Passport): string {
  return hash('sha256', `${jws.slice(0, jws.lastIndexOf('.'))}.${r}`, 'base64url')
}
