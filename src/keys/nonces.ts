import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'

const timeBytes = 6
const chanceBytes = 10
const signedBytes = timeBytes + chanceBytes
const macBytes = 16
const nonceLength = Math.ceil(((signedBytes + macBytes) * 4) / 3)

/** How long a nonce may be answered, milliseconds. */
export const nonceLifeMs = 300_000
/** Answered nonces that are remembered; beyond it the oldest, and all before them, are stale. */
export const noncesMax = 10_000
/** Counts may come this far out of order, each once. */
const windowCounts = 64
const windowMask = (1n << BigInt(windowCounts)) - 1n

/** One count of one nonce, by a name of its own, and until when it could be used. */
export interface NonceUse {
  readonly id: string
  readonly endsAtMs: number
}

/** Why an answer that was computed rightly still does not count; undefined when it does. */
export type Staleness = 'nonce_foreign' | 'nonce_expired' | 'nonce_replayed'

export interface NoncesOptions {
  /** 32 bytes; gates that share it take each other's nonces. */
  readonly key: Buffer
  readonly clock: Clock
  readonly random: Random
  readonly noncesMax?: number
}

interface Used {
  readonly issuedAtMs: number
  highest: number
  /** Bit n stands for the count `highest - n`. */
  seen: bigint
}

/**
 * Nonces that are nothing but their own signed moment, so that a challenge costs no memory. Only
 * those that were answered with the right password are remembered, with their counts: none counts
 * twice. RFC 7616 5.4, 5.5.
 */
export class Nonces {
  readonly #options: NoncesOptions
  readonly #key: KeyObject
  readonly #used = new Map<string, Used>()
  /** Nonces issued up to then are stale, because what was answered to them may be forgotten. */
  #forgottenUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: NoncesOptions) {
    this.#options = options
    this.#key = createSecretKey(options.key)
  }

  /** How many answered nonces are remembered. */
  get size(): number {
    return this.#used.size
  }

  /** A fresh nonce, of letters, digits, `-` and `_` alone. */
  issue(): string {
    const { clock, random } = this.#options
    const signed = Buffer.alloc(signedBytes)
    signed.writeUIntBE(clock.now(), 0, timeBytes)
    random.bytes(chanceBytes).copy(signed, timeBytes)
    return Buffer.concat([signed, this.#mac(signed)]).toString('base64url')
  }

  /** Uses up one count of a nonce; call it once the answer is known to be right, never before. */
  use(nonce: string, nonceCount: string): Staleness | undefined {
    const issuedAtMs = this.#issuedAtMs(nonce)
    if (issuedAtMs === undefined) return 'nonce_foreign'
    const ageMs = this.#options.clock.now() - issuedAtMs
    // A moment to come is another gate's, whose clock is a little ahead.
    if (ageMs > nonceLifeMs || ageMs < -nonceLifeMs) return 'nonce_expired'
    if (issuedAtMs <= this.#forgottenUntilMs) return 'nonce_expired'
    return this.#count(nonce, issuedAtMs, Number.parseInt(nonceCount, 16))
  }

  /** What an answer uses up, as all gates call it that share the key. */
  sharedUse(nonce: string, nonceCount: string): NonceUse {
    const endsAtMs = (this.#issuedAtMs(nonce) ?? 0) + nonceLifeMs
    return { id: `${nonce}:${Number.parseInt(nonceCount, 16)}`, endsAtMs }
  }

  #count(nonce: string, issuedAtMs: number, count: number): Staleness | undefined {
    if (count === 0) return 'nonce_replayed'
    const used = this.#used.get(nonce)
    if (!used) {
      this.#makeRoom()
      this.#used.set(nonce, { issuedAtMs, highest: count, seen: 1n })
      return undefined
    }
    const ahead = count - used.highest
    if (ahead > 0) {
      const kept = ahead < windowCounts ? (used.seen << BigInt(ahead)) & windowMask : 0n
      used.seen = kept | 1n
      used.highest = count
      return undefined
    }
    if (-ahead >= windowCounts) return 'nonce_replayed'
    const bit = 1n << BigInt(-ahead)
    if ((used.seen & bit) !== 0n) return 'nonce_replayed'
    used.seen |= bit
    return undefined
  }

  #makeRoom(): void {
    const nowMs = this.#options.clock.now()
    for (const [nonce, { issuedAtMs }] of this.#used) {
      const expired = Math.abs(nowMs - issuedAtMs) > nonceLifeMs
      if (!expired && this.#used.size < (this.#options.noncesMax ?? noncesMax)) return
      this.#used.delete(nonce)
      // Also one that has expired: a clock that comes back from a jump would find it fresh. One that was issued
      // by a clock far ahead says nothing of those of now.
      if (issuedAtMs > nowMs + nonceLifeMs) continue
      this.#forgottenUntilMs = Math.max(this.#forgottenUntilMs, issuedAtMs)
    }
  }

  /** When we issued it; undefined when we did not. */
  #issuedAtMs(nonce: string): number | undefined {
    if (nonce.length !== nonceLength) return undefined
    const bytes = Buffer.from(nonce, 'base64url')
    if (bytes.length !== signedBytes + macBytes) return undefined
    // Of two spellings of one nonce each would have counts of its own.
    if (bytes.toString('base64url') !== nonce) return undefined
    const signed = bytes.subarray(0, signedBytes)
    if (!timingSafeEqual(bytes.subarray(signedBytes), this.#mac(signed))) return undefined
    return signed.readUIntBE(0, timeBytes)
  }

  #mac(signed: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(signed).digest().subarray(0, macBytes)
  }
}
