import { AuditFault } from '../fault.ts'
import { bundleBytesMax, decodeEntries, type Entries } from '../tree/bundle.ts'
import { hashBytes, hashLeaf, hashNode, rootOf, splitOf } from '../tree/merkle.ts'
import { OpenTree, type Tile } from '../tree/open-tree.ts'
import type { Span } from '../tree/proof.ts'
import { type TileName, tileBytes, tilePath, tileWidth } from '../tree/tile.ts'
import { pendingPath, readPlain } from './files.ts'

/** A bundle of entries as it was found. */
export interface Bundle extends Entries {
  /** Below the directory of the log. */
  readonly file: string
  /** Whether its name is that of a full bundle: 256 entries and nothing behind them. */
  readonly isPublished: boolean
  readonly bytes: Buffer
}

/** Whether a bundle has the name of a full one without being one. */
export function isMisnamed({ isPublished, leaves, restBytes }: Bundle): boolean {
  return isPublished && (leaves.length < tileWidth || restBytes > 0)
}

type HashTile = Omit<Tile, 'bytes'>

/** Reads bundles and tiles of the log in a directory, also while a gate writes to it. */
export class LogReader {
  readonly dir: string
  /** Tiles that were missing or broken off and had to be computed. */
  readonly rebuilt: Tile[] = []

  constructor(dir: string) {
    this.dir = dir
  }

  /**
   * The entries of a bundle, be it covered or still being filled; undefined where it is missing. For
   * a log of `size` that was copied without what is being filled, those that its checkpoint covers.
   * Throws an `AuditFault` where it has the name of a full bundle and is none.
   */
  async bundle(index: number, size = 0): Promise<Bundle | undefined> {
    const found = await this.find(index, size)
    if (!found || !isMisnamed(found)) return found
    const reason = found.restBytes > 0 ? 'unreadable' : 'cut_off'
    throw new AuditFault(found.file, index * tileWidth + found.leaves.length, reason)
  }

  /** What `bundle` gives, also where it has the name of a full bundle and is none. */
  async find(index: number, size: number): Promise<Bundle | undefined> {
    const full = tilePath({ level: 'entries', index, width: tileWidth })
    const width = size - index * tileWidth
    const isCopied = width > 0 && width < tileWidth
    const copy = isCopied ? [tilePath({ level: 'entries', index, width })] : []
    // It may be moved between the first look and the second.
    for (const file of [full, pendingPath(index), full, ...copy]) {
      const bytes = await readPlain(this.dir, file, bundleBytesMax)
      if (bytes) return { file, bytes, isPublished: file === full, ...decodeEntries(bytes) }
    }
    return undefined
  }

  /** A tile as it is stored; undefined where it is missing or broken off. */
  async stored(name: TileName): Promise<Buffer | undefined> {
    const bytes = await readPlain(this.dir, tilePath(name), tileBytes)
    return bytes?.length === name.width * hashBytes ? bytes : undefined
  }

  /** The hashes of a full tile; computed from what is below it where the file is missing. */
  async fullTile(level: number, index: number): Promise<Buffer> {
    const bytes = await this.stored({ level, index, width: tileWidth })
    if (bytes) return bytes
    const computed = await this.#compute({ level, index, width: tileWidth }, 0)
    this.rebuilt.push({ level, index, width: tileWidth, bytes: computed })
    return computed
  }

  /**
   * The tree of the first `size` entries, ready to grow; the caller compares its root. `covered` is
   * what `bundle` needs to know of a log that was copied without what is being filled.
   */
  async treeOf(size: number, covered = 0): Promise<OpenTree> {
    const open: Buffer[] = []
    for (let level = 0, count = size; count > 0; level++) {
      const width = count % tileWidth
      const index = Math.floor(count / tileWidth)
      open.push(await this.#compute({ level, index, width }, covered))
      count = index
    }
    return OpenTree.from(size, open)
  }

  /** The hash of the subtree over some entries of a tree of `size`, as proofs have it. */
  async spanHash({ start, end }: Span, size: number): Promise<Buffer> {
    const length = end - start
    const isComplete = 2 ** Math.round(Math.log2(length)) === length && start % length === 0
    if (!isComplete) {
      const middle = start + splitOf(length)
      const left = await this.spanHash({ start, end: middle }, size)
      return hashNode(left, await this.spanHash({ start: middle, end }, size))
    }
    let level = 0
    while (tileWidth ** (level + 1) <= length) level++
    const unit = tileWidth ** level
    const first = start / unit
    const hashes = await this.#hashesOf(level, Math.floor(first / tileWidth), size)
    const from = (first % tileWidth) * hashBytes
    return rootOf(hashes.subarray(from, from + (length / unit) * hashBytes))
  }

  /** The hashes of a tile of the tree of this size, full or not. */
  async #hashesOf(level: number, index: number, size: number): Promise<Buffer> {
    const width = Math.floor(size / tileWidth ** level) - index * tileWidth
    if (width >= tileWidth) return this.fullTile(level, index)
    return this.#compute({ level, index, width }, size)
  }

  /** From what is below: the entries, or the full tiles of the level there. */
  async #compute({ level, index, width }: HashTile, covered: number): Promise<Buffer> {
    const hashes = level === 0 ? await this.#leafHashes(index, width, covered) : []
    for (let at = hashes.length; at < width; at++) {
      hashes.push(rootOf(await this.fullTile(level - 1, index * tileWidth + at)))
    }
    return Buffer.concat(hashes)
  }

  async #leafHashes(index: number, count: number, covered: number): Promise<Buffer[]> {
    if (count === 0) return []
    const bundle = await this.bundle(index, covered)
    const found = bundle?.leaves ?? []
    if (found.length < count) {
      const file = bundle?.file ?? tilePath({ level: 'entries', index, width: tileWidth })
      throw new AuditFault(file, index * tileWidth + found.length, 'cut_off')
    }
    return found.slice(0, count).map(hashLeaf)
  }
}
