import { hash } from 'node:crypto'
import { sha256 } from '../../kernel/sha256.ts'

/** Bytes of a SHA-256 hash. */
export const hashBytes = 32

/** RFC 9162 2.1.1: the hash of a tree without leaves. */
export const emptyRoot: Buffer = hash('sha256', '', 'buffer')

const leafPrefix = 0
const nodePrefix = 1

/** RFC 9162 2.1.1: the hash of one leaf. */
export function hashLeaf(leaf: Buffer): Buffer {
  const data = Buffer.allocUnsafe(leaf.length + 1)
  data[0] = leafPrefix
  leaf.copy(data, 1)
  return sha256(data)
}

/** RFC 9162 2.1.1: the hash of two subtrees, the left of which is complete. */
export function hashNode(left: Buffer, right: Buffer): Buffer {
  const data = Buffer.allocUnsafe(1 + 2 * hashBytes)
  data[0] = nodePrefix
  left.copy(data, 1, 0, hashBytes)
  right.copy(data, 1 + hashBytes, 0, hashBytes)
  return sha256(data)
}

/**
 * The root of the tree over these hashes, one after the other. They may be those of leaves, or of
 * complete subtrees of one height of which the last alone may be smaller.
 */
export function rootOf(hashes: Buffer): Buffer {
  let count = hashes.length / hashBytes
  if (count === 0) return emptyRoot
  const row = Buffer.from(hashes)
  const pair = Buffer.allocUnsafe(1 + 2 * hashBytes)
  pair[0] = nodePrefix
  while (count > 1) {
    const pairs = Math.floor(count / 2)
    for (let at = 0; at < pairs; at++) {
      row.copy(pair, 1, 2 * at * hashBytes, 2 * (at + 1) * hashBytes)
      row.write(hash('sha256', pair, 'binary'), at * hashBytes, 'binary')
    }
    // A node without a partner goes up as it is: the same tree as that of RFC 9162 2.1.1.
    if (count % 2 === 1)
      row.copy(row, pairs * hashBytes, (count - 1) * hashBytes, count * hashBytes)
    count = Math.ceil(count / 2)
  }
  return row.subarray(0, hashBytes)
}

/** The largest power of two below `size`, where RFC 9162 2.1.1 splits a tree of more than one leaf. */
export function splitOf(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}
