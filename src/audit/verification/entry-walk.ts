import { AuditFault } from '../fault.ts'
import { checkpointName } from '../storage/files.ts'
import { type Bundle, isMisnamed, type LogReader } from '../storage/log-reader.ts'
import { hashLeaf } from '../tree/merkle.ts'
import type { OpenTree } from '../tree/open-tree.ts'
import { tilePath, tileWidth } from '../tree/tile.ts'
import { firstDifference } from './compare.ts'
import type { TileCheck } from './tile-check.ts'

interface Parts {
  readonly reader: LogReader
  /** Where the walk begins; it grows to `size`. */
  readonly tree: OpenTree
  readonly tiles: TileCheck
  /** How many entries the checkpoint covers. */
  readonly size: number
}

/** Goes over the entries that a checkpoint covers and takes them into a tree. */
export class EntryWalk {
  readonly #reader: LogReader
  readonly #tree: OpenTree
  readonly #tiles: TileCheck
  readonly #size: number
  #odd: AuditFault | undefined

  constructor({ reader, tree, tiles, size }: Parts) {
    this.#reader = reader
    this.#tree = tree
    this.#tiles = tiles
    this.#size = size
  }

  /** Throws an `AuditFault` where entries are not to be had; what else is wrong, `fault` knows. */
  async run(onProgress: (entries: number) => void): Promise<void> {
    const first = Math.floor(this.#tree.size / tileWidth)
    for (let index = first; index * tileWidth < this.#size; index++) {
      await this.#bundle(index)
      onProgress(this.#tree.size)
    }
    for (const tile of this.#tree.partial()) await this.#tiles.compare(tile)
  }

  /** Where entry and tile differ either may be at fault: the root tells which. */
  fault(root: Buffer): AuditFault | undefined {
    if (this.#tree.root().equals(root)) return this.#tiles.fault
    return this.#odd ?? new AuditFault(checkpointName, undefined, 'root_differs')
  }

  async #bundle(index: number): Promise<void> {
    const width = Math.min(tileWidth, this.#size - index * tileWidth)
    const found = await this.#reader.find(index, this.#size)
    // A bundle that a checkpoint covers to its end is published before the checkpoint is.
    const bundle = found?.isPublished || width < tileWidth ? found : undefined
    const hashes = (bundle?.leaves ?? []).slice(0, width).map(hashLeaf)
    if (bundle) await this.#lookForOdd(index, bundle, hashes)
    if (!bundle || hashes.length < width || isMisnamed(bundle)) {
      throw this.#odd ?? this.#shortOf(index, bundle)
    }
    this.#tiles.compareEntries(index, coveredBytes(bundle, width), width)
    for (const hash of hashes.slice(this.#tree.size - index * tileWidth)) this.#tree.append(hash)
    for (const tile of this.#tree.takeFull()) await this.#tiles.compare(tile)
  }

  async #lookForOdd(index: number, { file }: Bundle, hashes: readonly Buffer[]): Promise<void> {
    if (this.#odd) return
    const width = Math.min(tileWidth, this.#size - index * tileWidth)
    const tile = await this.#tiles.stored({ level: 0, index, width })
    const difference = tile instanceof AuditFault ? undefined : firstDifference(hashes, tile)
    if (!difference) return
    this.#odd = new AuditFault(file, index * tileWidth + difference.at, difference.reason)
  }

  #shortOf(index: number, bundle: Bundle | undefined): AuditFault {
    const file = bundle?.file ?? tilePath({ level: 'entries', index, width: tileWidth })
    const found = bundle?.leaves.length ?? 0
    const at = index * tileWidth + found
    if (found === tileWidth) return new AuditFault(file, at, 'inserted')
    if (bundle && bundle.restBytes > 0) return new AuditFault(file, at, 'unreadable')
    const isLast = (index + 1) * tileWidth >= this.#size
    return new AuditFault(file, at, isLast ? 'cut_off' : 'missing')
  }
}

function coveredBytes({ bytes, leaves }: Bundle, width: number): Buffer {
  const lengthBytes = 2
  const covered = leaves.slice(0, width)
  return bytes.subarray(
    0,
    covered.reduce((sum, leaf) => sum + lengthBytes + leaf.length, 0),
  )
}
