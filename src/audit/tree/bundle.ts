import { tileWidth } from './tile.ts'

/** Longer entries have no length in a bundle: it is an unsigned 16-bit number. */
export const leafBytesMax = 65_535

/** An entry stands behind its length. */
export const entryLengthBytes = 2

/** The longest that a bundle of entries can be. */
export const bundleBytesMax = tileWidth * (entryLengthBytes + leafBytesMax)

/** c2sp.org/tlog-tiles, "Log entries": each entry behind its length, big-endian. */
export function encodeEntries(leaves: readonly Buffer[]): Buffer {
  const length = leaves.reduce((sum, leaf) => sum + entryLengthBytes + leaf.length, 0)
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (const leaf of leaves) {
    at = bytes.writeUInt16BE(leaf.length, at)
    at += leaf.copy(bytes, at)
  }
  return bytes
}

/** What a bundle holds; `restBytes` follow that are no whole entry, or more than a bundle takes. */
export interface Entries {
  readonly leaves: readonly Buffer[]
  readonly goodBytes: number
  readonly restBytes: number
}

/** The entries of a bundle, up to the first that is empty or breaks off. Never throws. */
export function decodeEntries(bytes: Buffer): Entries {
  const leaves: Buffer[] = []
  let at = 0
  while (leaves.length < tileWidth && at + entryLengthBytes <= bytes.length) {
    const start = at + entryLengthBytes
    const end = start + bytes.readUInt16BE(at)
    if (end === start || end > bytes.length) break
    leaves.push(bytes.subarray(start, end))
    at = end
  }
  return { leaves, goodBytes: at, restBytes: bytes.length - at }
}

/**
 * Whether what follows on the last entry is one that breaks off; or zeros, which some file systems
 * leave where a write was cut short.
 */
export function isTorn(rest: Buffer): boolean {
  if (rest.every((byte) => byte === 0)) return true
  return rest.length < entryLengthBytes || entryLengthBytes + rest.readUInt16BE(0) > rest.length
}
