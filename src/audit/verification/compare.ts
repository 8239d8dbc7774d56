import type { FaultReason } from '../fault.ts'
import { hashBytes } from '../tree/merkle.ts'

/** Where a bundle is not what its tile says. */
export interface Difference {
  /** Counted in the bundle. */
  readonly at: number
  readonly reason: FaultReason
}

/**
 * The first entry that is not the one the tile has the hash of, and what became of it; undefined where
 * there is none among those that the tile has.
 */
export function firstDifference(found: readonly Buffer[], tile: Buffer): Difference | undefined {
  const told = (at: number) => tile.subarray(at * hashBytes, (at + 1) * hashBytes)
  const count = tile.length / hashBytes
  for (let at = 0; at < Math.min(count, found.length); at++) {
    const hash = found[at] as Buffer
    if (hash.equals(told(at))) continue
    return { at, reason: reasonOf({ hash, next: found[at + 1], at }, told, count) }
  }
  return undefined
}

interface Odd {
  readonly hash: Buffer
  readonly next: Buffer | undefined
  readonly at: number
}

function reasonOf(
  { hash, next, at }: Odd,
  told: (at: number) => Buffer,
  count: number,
): FaultReason {
  const isLate = next?.equals(told(at)) ?? false
  const isEarly = at + 1 < count && hash.equals(told(at + 1))
  if (isLate !== isEarly) return isLate ? 'inserted' : 'missing'
  for (let other = 0; other < count; other++) {
    if (hash.equals(told(other))) return 'out_of_order'
  }
  return 'altered'
}
