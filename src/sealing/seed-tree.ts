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
export function childSeed(seed: Buffer, digit: number): Buffer {
  const block = Buffer.allocUnsafe(input + 1)
  purpose.copy(block)
  seed.copy(block, purpose.length)
  block[input] = digit
  return hash('sha256', block, 'buffer')
}

/** The seed at the end of a path of hexadecimal digits that begins at `seed`. */
export function descend(seed: Buffer, path: string): Buffer {
  let at = seed
  for (const digit of path) at = childSeed(at, Number.parseInt(digit, 16))
  return at
}

/**
 * The key at a position, from the seeds that are left of a tree; undefined where it was punctured
 * out. A tree is a puncturable pseudorandom function (Goldreich, Goldwasser, Micali 1984): whole, it
 * is one root at the empty prefix.
 */
export function keyAt(seeds: Seeds, position: string): Buffer | undefined {
  for (let length = 0; length <= positionDigits; length++) {
    const seed = seeds.get(position.slice(0, length))
    if (seed) return descend(seed, position.slice(length))
  }
  return undefined
}

/**
 * What takes one position out of a tree: the seed above it gives way to those of all others below it.
 * Undefined where it is out already.
 */
export function puncture(seeds: Seeds, position: string): Puncture | undefined {
  for (let length = 0; length <= positionDigits; length++) {
    const removed = position.slice(0, length)
    const seed = seeds.get(removed)
    if (seed) return { removed, added: siblingsAlong(seed, removed, position) }
  }
  return undefined
}

function siblingsAlong(from: Buffer, prefix: string, position: string): Seeds {
  const added = new Map<string, Buffer>()
  let seed = from
  for (let length = prefix.length; length < positionDigits; length++) {
    const onPath = Number.parseInt(position.charAt(length), 16)
    for (let digit = 0; digit < 16; digit++) {
      if (digit === onPath) continue
      added.set(position.slice(0, length) + digit.toString(16), childSeed(seed, digit))
    }
    seed = childSeed(seed, onPath)
  }
  return added
}
