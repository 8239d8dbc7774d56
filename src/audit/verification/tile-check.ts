import { AuditFault } from '../fault.ts'
import { readPlain } from '../storage/files.ts'
import type { LogReader } from '../storage/log-reader.ts'
import { bundleBytesMax } from '../tree/bundle.ts'
import { hashBytes } from '../tree/merkle.ts'
import type { Tile } from '../tree/open-tree.ts'
import { partialTiles, type TileName, tileBytes, tilePath, tileWidth } from '../tree/tile.ts'

/** The partial tiles of a size by their path: their bytes, or what is wrong with them. */
export type Copies = ReadonlyMap<string, Buffer | AuditFault>

/** Reads the partial tiles that a log of this size has. */
export async function readCopies(dir: string, size: number): Promise<Copies> {
  const copies = new Map<string, Buffer | AuditFault>()
  for (const name of partialTiles(size)) {
    const path = tilePath(name)
    const bytesMax = name.level === 'entries' ? bundleBytesMax : tileBytes
    const bytes = await readPlain(dir, path, bytesMax).catch(asFault)
    copies.set(path, bytes ?? new AuditFault(path, undefined, 'tile_missing'))
  }
  return copies
}

/** Compares the tiles that are stored with those that the entries make. */
export class TileCheck {
  readonly #reader: LogReader
  readonly #copies: Copies
  #fault: AuditFault | undefined

  constructor(reader: LogReader, copies: Copies) {
    this.#reader = reader
    this.#copies = copies
  }

  /** The first tile that is not what it should be. */
  get fault(): AuditFault | undefined {
    return this.#fault
  }

  /** What is stored of a tile of hashes, or why it cannot be read. */
  async stored(name: TileName): Promise<Buffer | AuditFault> {
    const path = tilePath(name)
    if (name.width < tileWidth) return this.#copies.get(path) ?? noTile(path)
    return (await readPlain(this.#reader.dir, path, tileBytes).catch(asFault)) ?? noTile(path)
  }

  async compare(tile: Tile): Promise<void> {
    if (this.#fault) return
    const stored = await this.stored(tile)
    if (stored instanceof AuditFault) this.#fault = stored
    else if (!stored.equals(tile.bytes)) this.#fault = alteredIn(tile, stored)
  }

  /** Whoever has the layout alone reads the last entries from a copy. */
  compareEntries(index: number, bundle: Buffer, width: number): void {
    if (width === tileWidth || this.#fault) return
    const path = tilePath({ level: 'entries', index, width })
    const copy = this.#copies.get(path) ?? noTile(path)
    if (copy instanceof AuditFault) this.#fault = copy
    else if (!copy.equals(bundle)) this.#fault = new AuditFault(path, undefined, 'tile_altered')
  }
}

function alteredIn(tile: Tile, stored: Buffer): AuditFault {
  const path = tilePath(tile)
  if (tile.level > 0) return new AuditFault(path, undefined, 'tile_altered')
  let at = 0
  while (at < Math.min(stored.length, tile.bytes.length) && stored[at] === tile.bytes[at]) at++
  const index = tile.index * tileWidth + Math.min(Math.floor(at / hashBytes), tileWidth - 1)
  return new AuditFault(path, index, 'tile_altered')
}

function noTile(path: string): AuditFault {
  return new AuditFault(path, undefined, 'tile_missing')
}

function asFault(cause: unknown): AuditFault {
  if (cause instanceof AuditFault) return cause
  throw cause
}
