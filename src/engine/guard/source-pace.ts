import { peerKey, sourceHash } from './source-key.ts'

/** Sources told apart at once; another one takes the place of whom it collides with. */
export const pacedMax = 16_384

/** The longest that a source is told to wait, whatever came from it before. */
export const waitMaxMs = 1_000

/** A token bucket for each source that cannot be forged: a burst, then a rate. */
export class SourcePace {
  readonly #everyMs: number
  readonly #burstMs: number
  readonly #seed: number
  readonly #hashes = new Uint32Array(pacedMax)
  /** When the bucket of each is full again, as in `Bucket`. */
  readonly #fullAtMs = new Float64Array(pacedMax)

  /** `seed` is random, so that nobody can choose whom to collide with. */
  constructor({ perS, burst }: { readonly perS: number; readonly burst: number }, seed: number) {
    this.#everyMs = 1_000 / perS
    this.#burstMs = burst * this.#everyMs
    this.#seed = seed
  }

  /** Takes a token, if there is one. */
  take(address: string, nowMs: number): boolean {
    const at = this.#place(address)
    const dueMs = this.#due(at, nowMs)
    if (dueMs - nowMs > this.#burstMs) return false
    this.#fullAtMs[at] = dueMs
    return true
  }

  /** Takes a token, owed where there is none; answers for how long nothing more is to be taken. */
  owe(address: string, nowMs: number): number {
    const at = this.#place(address)
    const dueMs = Math.min(this.#due(at, nowMs), nowMs + this.#burstMs + waitMaxMs)
    this.#fullAtMs[at] = dueMs
    return Math.max(0, dueMs - nowMs - this.#burstMs)
  }

  #due(at: number, nowMs: number): number {
    return Math.max(this.#fullAtMs[at] ?? 0, nowMs) + this.#everyMs
  }

  #place(address: string): number {
    const hash = sourceHash(peerKey(address), this.#seed)
    const at = hash % pacedMax
    if (this.#hashes[at] !== hash) {
      this.#hashes[at] = hash
      this.#fullAtMs[at] = 0
    }
    return at
  }
}
