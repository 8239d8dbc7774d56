import type { CallToken } from '../domain/call-token.ts'

/** Tokens whose uses are counted at once; while it is full no further one is taken. */
export const countedTokensMax = 100_000

/** Counts the calls of tokens that are good for so many; forgets a token once it has expired. */
export class TokenUses {
  readonly #uses = new Map<string, { count: number; readonly expiresAtMs: number }>()
  readonly #max: number

  constructor(max: number = countedTokensMax) {
    this.#max = max
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.#uses.size
  }

  /** Counts one more call; false, and nothing is counted, where there is none left. */
  use({ id, callsMax, expiresAtMs }: CallToken, nowMs: number): boolean {
    if (callsMax === undefined) return true
    const uses = this.#uses.get(id)
    if (uses) {
      if (uses.count >= callsMax) return false
      uses.count += 1
      return true
    }
    if (callsMax < 1 || !this.#hasRoom(nowMs)) return false
    this.#uses.set(id, { count: 1, expiresAtMs })
    return true
  }

  #hasRoom(nowMs: number): boolean {
    if (this.#uses.size < this.#max) return true
    for (const [id, { expiresAtMs }] of this.#uses) {
      if (expiresAtMs <= nowMs) this.#uses.delete(id)
    }
    return this.#uses.size < this.#max
  }
}
