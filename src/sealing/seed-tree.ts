import { hash } from 'node:crypto'

/** Hexadecimal digits of a position: it has 48 bits. */
export const positionDigits = 12

/** Keeps a seed from ever being the hash of something else of ours. */
const purpose = Buffer.from('tollgate seed 1\n')
const seedBytes = 32
const input = purpose.length + seedBytes

/** A key that stands at the position of a tree, and what the tree has below a prefix of positions. */
export type Seeds = ReadonlyMap<string, Buffer>

/** What a puncture takes out of a tree and puts in instead. */
export interface Puncture {
  readonly removed: string
  readonly added: Seeds
}

/**
 * The seed one hexadecimal digit further down; nothing leads back up, or over to its fifteen
 * siblings. One block of SHA-256 over a secret of 32 bytes, in a place of its own.
 */
function childSeed(seed: Buffer, digit: number): Buffer {
  return Buffer.from(childText(seed, digit), 'latin1')
}

/** The bytes of it as Latin-1 text. */
export function childText(seed: Buffer, digit: number): string {
  const block = Buffer.allocUnsafe(input + 1)
  block.set(purpose)
  block.set(seed, purpose.length)
  block[input] = digit
  return hash('sha256', block, 'binary')
}

/**
 * The key at a position, or the seed at a prefix, from the seeds that are left of a tree; undefined where
 * it, or something in it, was punctured out. A tree is a puncturable pseudorandom function (Goldreich,
 * Goldwasser, Micali 1984): whole, it is one root at the empty prefix.
 */
export function keyAt(seeds: Seeds, place: string): Buffer | undefined {
  const above = seedAbove(seeds, place)
  if (!above) return undefined
  let { seed } = above
  for (let length = above.prefix.length; length < place.length; length++) {
    seed = childSeed(seed, digitAt(place, length))
  }
  return seed
}

/** Walks to keys of one tree: to a position beside the last one most of the way is known. */
export class KeyWalk {
  readonly #seeds: Seeds
  /** The last position, and the seeds along the way to it, from the prefix of this length on. */
  #position = ''
  #from = Number.POSITIVE_INFINITY
  #path: Buffer[] = []

  constructor(seeds: Seeds) {
    this.#seeds = seeds
  }

  /** The key at a position; undefined where it was punctured out. */
  keyAt(position: string): Buffer | undefined {
    let length = sharedDigits(this.#position, position)
    if (length < this.#from) {
      const above = seedAbove(this.#seeds, position)
      if (!above) return undefined
      length = above.prefix.length
      this.#from = length
      this.#path = [above.seed]
    }
    this.#position = position
    let seed = this.#path[length - this.#from] as Buffer
    for (; length < positionDigits; length++) {
      seed = childSeed(seed, digitAt(position, length))
      this.#path[length + 1 - this.#from] = seed
    }
    return seed
  }
}

/** The seed that a prefix or position lies below; undefined where something in it was taken out. */
export function seedAbove(
  seeds: Seeds,
  place: string,
): { readonly prefix: string; readonly seed: Buffer } | undefined {
  for (let length = 0; length <= place.length; length++) {
    const prefix = place.slice(0, length)
    const seed = seeds.get(prefix)
    if (seed) return { prefix, seed }
  }
  return undefined
}

function digitAt(place: string, at: number): number {
  return Number.parseInt(place.charAt(at), 16)
}

function sharedDigits(one: string, other: string): number {
  let length = 0
  while (length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length++
  return length
}

/**
 * What takes one position out of a tree: the seed above it gives way to those of all others below it.
 * Undefined where it is out already.
 */
export function puncture(seeds: Seeds, position: string): Puncture | undefined {
  const above = seedAbove(seeds, position)
  if (!above) return undefined
  const { prefix, seed } = above
  return { removed: prefix, added: siblingsAlong(seed, prefix, position) }
}

function siblingsAlong(from: Buffer, prefix: string, position: string): Seeds {
  const added = new Map<string, Buffer>()
  let seed = from
  for (let length = prefix.length; length < positionDigits; length++) {
    const onPath = digitAt(position, length)
    for (let digit = 0; digit < 16; digit++) {
      if (digit === onPath) continue
      added.set(position.slice(0, length) + digit.toString(16), childSeed(seed, digit))
    }
    seed = childSeed(seed, onPath)
  }
  return added
}
