import type { Random } from '../kernel/random.ts'
import { childText, keyAt, positionDigits, type Seeds, seedAbove } from './seed-tree.ts'

/** Digits that are drawn by lot; the rest counts up, which leaves one hash for most positions. */
const drawnDigits = 8
const drawsMax = 8
const countedDigits = positionDigits - drawnDigits
const countMax = 16 ** countedDigits
const lastDigits = '0123456789abcdef'

/** A fresh position and its key. */
export interface FreshKey {
  readonly position: string
  /** Its bytes as Latin-1 text: kept for long, a buffer would keep a pool of others. */
  readonly key: string
}

/**
 * Hands out positions of one tree that were not used before: from a place drawn by lot (a chance of
 * one in 2^32 to meet another's) 65,536 in a row.
 */
export class Positions {
  readonly #seeds: Seeds
  readonly #random: Random
  #drawn = ''
  #count = countMax
  /** All digits but the last of the position that comes next, and the seed there. */
  #prefix = ''
  #seed: Buffer | undefined

  constructor(seeds: Seeds, random: Random) {
    this.#seeds = seeds
    this.#random = random
  }

  /** Undefined where the tree has nothing left there: it was destroyed. */
  next(): FreshKey | undefined {
    const digit = this.#count % lastDigits.length
    if (digit === 0 && !this.#descend()) return undefined
    if (!this.#seed) return undefined
    this.#count++
    return {
      position: this.#prefix + lastDigits.charAt(digit),
      key: childText(this.#seed, digit),
    }
  }

  /** Goes to the sixteen positions that come next. */
  #descend(): boolean {
    if (this.#count === countMax && !this.#draw()) return false
    const tail = this.#count.toString(16).padStart(countedDigits, '0')
    this.#prefix = this.#drawn + tail.slice(0, -1)
    this.#seed = keyAt(this.#seeds, this.#prefix)
    return this.#seed !== undefined
  }

  #draw(): boolean {
    // A place with something taken out of it is not used; that most are such has no likelihood.
    for (let draws = 0; draws < drawsMax; draws++) {
      const drawn = this.#random.hex(drawnDigits / 2)
      if (!seedAbove(this.#seeds, drawn)) continue
      this.#drawn = drawn
      this.#count = 0
      return true
    }
    return false
  }
}
