import { hashBytes, hashNode, splitOf } from './merkle.ts'

/** The leaves from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** RFC 9162 2.1.3.1: the subtrees whose hashes prove that leaf `index` is in the tree of this size. */
export function inclusionSpans(index: number, size: number): Span[] {
  const spans: Span[] = []
  let { start, end }: Span = { start: 0, end: size }
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      spans.push({ start: middle, end })
      end = middle
    } else {
      spans.push({ start, end: middle })
      start = middle
    }
  }
  return spans.reverse()
}

/** RFC 9162 2.1.4.1: the subtrees whose hashes prove that the tree of size `from` became that of `to`. */
export function consistencySpans(from: number, to: number): Span[] {
  const spans: Span[] = []
  let { start, end }: Span = { start: 0, end: to }
  let isWhole = true
  if (from === 0 || from === to) return spans
  while (from < end) {
    const middle = start + splitOf(end - start)
    if (from <= middle) {
      spans.push({ start: middle, end })
      end = middle
    } else {
      spans.push({ start, end: middle })
      start = middle
      isWhole = false
    }
  }
  if (!isWhole) spans.push({ start, end })
  return spans.reverse()
}

/** What is claimed of a leaf, and what proves it. */
export interface Inclusion {
  readonly index: number
  readonly size: number
  readonly leafHash: Buffer
  readonly proof: readonly Buffer[]
}

/** RFC 9162 2.1.3.2: the root that the proof leads to; undefined where it is no proof. */
export function rootFromInclusion({ index, size, leafHash, proof }: Inclusion): Buffer | undefined {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return undefined
  if (![leafHash, ...proof].every(isHash)) return undefined
  let node = index
  let last = size - 1
  let root = leafHash
  for (const hash of proof) {
    if (last === 0) return undefined
    if (node % 2 === 1 || node === last) {
      root = hashNode(hash, root)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else {
      root = hashNode(root, hash)
    }
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 ? root : undefined
}

function isHash(bytes: Buffer): boolean {
  return bytes.length === hashBytes
}

function half(value: number): number {
  return Math.floor(value / 2)
}
