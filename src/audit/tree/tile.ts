import { hashBytes } from './merkle.ts'

/** Hashes, or entries, of a full tile: c2sp.org/tlog-tiles. */
export const tileWidth = 256

/** Bytes of a full tile of hashes. */
export const tileBytes = tileWidth * hashBytes

/** A tile of hashes by its level, or a bundle of entries. */
export interface TileName {
  readonly level: number | 'entries'
  /** Place among those of its level. */
  readonly index: number
  /** What it holds: 256, or less of a partial one. */
  readonly width: number
}

const levelMax = 63

const pathPattern = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*)(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** The path of a tile below the directory of its log: `tile/0/x001/x234/067`, `tile/entries/000.p/7`. */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  const last = groups.pop()
  const folders = groups.map((group) => `x${group}/`).join('')
  return `tile/${level}/${folders}${last}${width < tileWidth ? `.p/${width}` : ''}`
}

/** The tile that a path is the one name of; undefined where it is none. */
export function parseTilePath(path: string): TileName | undefined {
  const [, level, folders = '', last, partial] = pathPattern.exec(path) ?? []
  if (level === undefined || last === undefined) return undefined
  const index = Number(folders.replace(/[x/]/g, '') + last)
  const width = partial === undefined ? tileWidth : Number(partial)
  const name: TileName = { level: level === 'entries' ? level : Number(level), index, width }
  const isName = Number.isSafeInteger(index) && Number(name.level) <= levelMax
  if (level !== 'entries' && !isName) return undefined
  return Number.isSafeInteger(index) && tilePath(name) === path ? name : undefined
}

/** The partial tiles that a tree of this size has, entries included; none where it is empty. */
export function partialTiles(size: number): TileName[] {
  const found: TileName[] = []
  let count = size
  for (let level = 0; count > 0; level++) {
    const width = count % tileWidth
    const index = Math.floor(count / tileWidth)
    if (width > 0) found.push({ level, index, width })
    if (width > 0 && level === 0) found.push({ level: 'entries', index, width })
    count = index
  }
  return found
}
