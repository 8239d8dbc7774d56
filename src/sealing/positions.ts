import type { Random } from '../kernel/random.ts'
import { KeyWalk, positionDigits, type Seeds, seedAbove } from './seed-tree.ts'

/** Digits that are drawn by lot; the rest counts up, which leaves one hash for most positions. */
const drawnDigits = 8
const drawsMax = 8
const countMax = 16 ** (positionDigits - drawnDigits)

/** A fresh position and its key. */
export interface FreshKey {
  readonly position: string
  readonly key: Buffer
}

/**
 * Hands out positions of one tree that were not used before: from a place drawn by lot (a chance of
 * one in 2^32 to meet another's) 65,536 in a row.
 */
export class Positions {
  readonly #seeds: Seeds
  readonly #walk: KeyWalk
  readonly #random: Random
  #drawn = ''
  #count = countMax

  constructor(seeds: Seeds, random: Random) {
    this.#seeds = seeds
    this.#walk = new KeyWalk(seeds)
    this.#random = random
  }

  /** Undefined where the tree has nothing left there: it was destroyed. */
  next(): FreshKey | undefined {
    if (this.#count === countMax && !this.#draw()) return undefined
    const tail = this.#count.toString(16).padStart(positionDigits - drawnDigits, '0')
    const position = this.#drawn + tail
    const key = this.#walk.keyAt(position)
    this.#count++
    return key && { position, key }
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
