import type { Random } from '../kernel/random.ts'
import { childSeed, descend, positionDigits, type Seeds } from './seed-tree.ts'

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
  readonly #random: Random
  #drawn = ''
  #count = countMax
  /** The seeds along the path to the last position, from the drawn place down. */
  #path: Buffer[] = []

  constructor(seeds: Seeds, random: Random) {
    this.#seeds = seeds
    this.#random = random
  }

  /** Undefined where the tree has nothing left there: it was destroyed. */
  next(): FreshKey | undefined {
    if (this.#count === countMax && !this.#draw()) return undefined
    const tail = this.#count.toString(16).padStart(positionDigits - drawnDigits, '0')
    const changed = this.#count === 0 ? 0 : firstChanged(this.#count, tail.length)
    for (let at = changed; at < tail.length; at++) {
      const above = this.#path[at] as Buffer
      this.#path[at + 1] = childSeed(above, Number.parseInt(tail.charAt(at), 16))
    }
    this.#count++
    return { position: this.#drawn + tail, key: this.#path[tail.length] as Buffer }
  }

  #draw(): boolean {
    // A place with something taken out of it is not used; that most are such has no likelihood.
    for (let draws = 0; draws < drawsMax; draws++) {
      const drawn = this.#random.hex(drawnDigits / 2)
      const found = seedAbove(this.#seeds, drawn)
      if (!found) continue
      this.#drawn = drawn
      this.#path = [descend(found.seed, drawn.slice(found.prefix.length))]
      this.#count = 0
      return true
    }
    return false
  }
}

/** Which digit a count from the one before it differs in first. */
function firstChanged(count: number, digits: number): number {
  let zeros = 0
  for (let rest = count; rest % 16 === 0; rest /= 16) zeros++
  return digits - 1 - zeros
}

/** The seed that a place lies below; undefined where something in it was taken out. */
function seedAbove(seeds: Seeds, place: string): { prefix: string; seed: Buffer } | undefined {
  for (let length = 0; length <= place.length; length++) {
    const prefix = place.slice(0, length)
    const seed = seeds.get(prefix)
    if (seed) return { prefix, seed }
  }
  return undefined
}
