import { emptyRoot, hashBytes, hashNode } from '../../src/audit/tree/merkle.ts'

/** An older and a newer tree, and what proves that the older is the beginning of the newer. */
export interface Consistency {
  readonly from: { readonly size: number; readonly root: Buffer }
  readonly to: { readonly size: number; readonly root: Buffer }
  readonly proof: readonly Buffer[]
}

/** RFC 9162 2.1.4.2: whether the newer tree begins with the older one. */
export function isConsistent({ from, to, proof }: Consistency): boolean {
  if (from.size > to.size || from.size < 0) return false
  if (![from.root, to.root, ...proof].every(isHash)) return false
  // c2sp.org/tlog-witness: every tree begins with the empty one, and that needs no proof.
  if (from.size === 0 && !from.root.equals(emptyRoot)) return false
  if (from.size === to.size) return proof.length === 0 && from.root.equals(to.root)
  if (from.size === 0) return proof.length === 0
  let [node, last] = [from.size - 1, to.size - 1]
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  // A complete older tree is a node of the newer one, and needs no hash of its own in the proof.
  const [first, ...rest] = node === 0 ? [from.root, ...proof] : proof
  if (!first) return false
  let [older, newer] = [first, first]
  for (const hash of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = hashNode(hash, older)
      newer = hashNode(hash, newer)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      newer = hashNode(newer, hash)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && older.equals(from.root) && newer.equals(to.root)
}

function isHash(bytes: Buffer): boolean {
  return bytes.length === hashBytes
}

function half(value: number): number {
  return Math.floor(value / 2)
}
