import { Bucket } from './bucket.ts'
import type { FloodLimits } from './flood-limits.ts'
import { peerKey, sourceHash } from './source-key.ts'

/** Strangers told apart at once; another one takes the place of whom it collides with. */
const strangersMax = 65_536

/** Most bytes that a stranger is owed. */
const creditMax = 65_536

export interface StrangersParts {
  /** Random, so that nobody can choose whom to collide with. */
  readonly seed: number
  /** Whether there is more to do than gets done: then only who comes again is let in. */
  readonly isBehind: () => boolean
}

/**
 * Those of whom nothing is known. They share a table of fixed size, whatever they claim to be, so that no
 * flood of addresses costs memory or anybody who is known.
 */
export class Strangers {
  readonly #limits: FloodLimits
  readonly #parts: StrangersParts
  readonly #hashes = new Uint32Array(strangersMax)
  /** When the bucket of each is full again, as in `Bucket`. */
  readonly #fullAtMs = new Float64Array(strangersMax)
  /** When each was first dropped because there were too many. */
  readonly #droppedAtMs = new Float64Array(strangersMax)
  /** Bytes that came from each and were not answered. */
  readonly #credit = new Int32Array(strangersMax)
  readonly #all: Bucket
  readonly #returning: Bucket

  constructor(limits: FloodLimits, parts: StrangersParts) {
    this.#limits = limits
    this.#parts = parts
    this.#all = new Bucket(limits.strangersPerS, limits.strangersBurst)
    this.#returning = new Bucket(limits.returningPerS, limits.returningBurst)
  }

  /** Whether one more datagram may come from there. */
  admits(address: string, nowMs: number): boolean {
    const at = this.#place(address)
    if (!this.#take(at, nowMs)) return false
    const hasRoom = !this.#parts.isBehind() && this.#all.take(nowMs)
    return hasRoom || this.#returns(at, nowMs)
  }

  /** The same where no other stranger takes anything from it. */
  admitsAlone(address: string, nowMs: number): boolean {
    return this.#take(this.#place(address), nowMs)
  }

  /** Bytes that came from there, and were let in. */
  earn(address: string, bytes: number): void {
    const at = this.#place(address)
    this.#credit[at] = Math.min(creditMax, (this.#credit[at] ?? 0) + bytes)
  }

  /** Whether more came from there than so many bytes, what was answered taken off. */
  affords(address: string, bytes: number): boolean {
    return (this.#credit[this.#place(address)] ?? 0) > bytes
  }

  /**
   * Takes the bytes of an answer off what came from there. False when that is less, but for a debt: it
   * is paid by what comes next before anything more is sent.
   */
  spend(address: string, bytes: number, debtMax: number): boolean {
    const at = this.#place(address)
    const credit = this.#credit[at] ?? 0
    if (credit <= 0 || credit - bytes < -debtMax) return false
    this.#credit[at] = credit - bytes
    return true
  }

  #take(at: number, nowMs: number): boolean {
    const everyMs = 1_000 / this.#limits.strangerPerS
    const dueMs = Math.max(this.#fullAtMs[at] ?? 0, nowMs) + everyMs
    if (dueMs - nowMs > this.#limits.strangerBurst * everyMs) return false
    this.#fullAtMs[at] = dueMs
    return true
  }

  /** Whoever has a request repeats it, and then it is let in; a forged source is seen once. */
  #returns(at: number, nowMs: number): boolean {
    const { returnMinMs, returnMaxMs } = this.#limits
    const droppedAtMs = this.#droppedAtMs[at] ?? 0
    const sinceMs = nowMs - droppedAtMs
    if (droppedAtMs === 0 || sinceMs > returnMaxMs) this.#droppedAtMs[at] = nowMs
    else if (sinceMs >= returnMinMs) return this.#returning.take(nowMs)
    return false
  }

  #place(address: string): number {
    const hash = sourceHash(peerKey(address), this.#parts.seed)
    const at = hash % strangersMax
    if (this.#hashes[at] !== hash) {
      this.#hashes[at] = hash
      this.#fullAtMs[at] = 0
      this.#droppedAtMs[at] = 0
      this.#credit[at] = 0
    }
    return at
  }
}
