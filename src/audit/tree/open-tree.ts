import { emptyRoot, hashBytes, rootOf } from './merkle.ts'
import { type TileName, tileBytes, tileWidth } from './tile.ts'

/** A tile of hashes with what is in it. */
export interface Tile extends TileName {
  readonly level: number
  readonly bytes: Uint8Array
}

interface Level {
  readonly bytes: Buffer
  width: number
}

/**
 * A Merkle tree that grows at its right edge. It holds the tiles that are not yet full, a few
 * kilobytes for each level of 256; those that are full it hands out once.
 */
export class OpenTree {
  readonly #levels: Level[] = []
  #size = 0
  #full: Tile[] = []

  /** A tree of a given size whose open tiles, those of the lowest level first, are known. */
  static from(size: number, open: readonly Uint8Array[]): OpenTree {
    const tree = new OpenTree()
    tree.#size = size
    for (const hashes of open) {
      const bytes = Buffer.alloc(tileBytes)
      bytes.set(hashes)
      tree.#levels.push({ bytes, width: hashes.length / hashBytes })
    }
    return tree
  }

  /** How many leaves it has. */
  get size(): number {
    return this.#size
  }

  /** Takes the hash of the next leaf. */
  append(leafHash: Buffer): void {
    this.#push(0, leafHash)
    this.#size++
  }

  /** RFC 9162 2.1.1: the hash of the whole tree. */
  root(): Buffer {
    let carry: Buffer | undefined
    for (const { bytes, width } of this.#levels) {
      const hashes = bytes.subarray(0, width * hashBytes)
      if (carry) carry = rootOf(Buffer.concat([hashes, carry]))
      else if (width > 0) carry = rootOf(hashes)
    }
    return carry ?? emptyRoot
  }

  /** What `from` needs to go on with it. */
  open(): Buffer[] {
    return this.#levels.map(({ bytes, width }) => Buffer.from(bytes.subarray(0, width * hashBytes)))
  }

  /** The tiles that have become full since the last time, in that order. */
  takeFull(): Tile[] {
    const full = this.#full
    this.#full = []
    return full
  }

  /** Copies of the tiles that are not full. */
  partial(): Tile[] {
    return this.#levels.flatMap(({ bytes, width }, level) => {
      if (width === 0) return []
      const index = Math.floor(this.#size / tileWidth ** (level + 1))
      return [{ level, index, width, bytes: Buffer.from(bytes.subarray(0, width * hashBytes)) }]
    })
  }

  #push(at: number, hash: Buffer): void {
    const level = this.#levels[at] ?? { bytes: Buffer.alloc(tileBytes), width: 0 }
    if (at === this.#levels.length) this.#levels.push(level)
    hash.copy(level.bytes, level.width * hashBytes)
    level.width++
    if (level.width < tileWidth) return
    const bytes = Buffer.from(level.bytes)
    level.width = 0
    // The leaf that fills a tile is counted after it: what the size is short of makes the index whole.
    const index = Math.floor(this.#size / tileWidth ** (at + 1))
    this.#full.push({ level: at, index, width: tileWidth, bytes })
    this.#push(at + 1, rootOf(bytes))
  }
}
