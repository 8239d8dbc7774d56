import { bucketsPerWindow } from '../windows.ts'

/**
 * Admissions in a window that slides by a sixtieth of itself. The oldest part counts whole until all
 * of it has left the window, so no window, wherever it begins, ever holds one too many; what it costs
 * is that a place comes back up to a sixtieth late.
 */
export class BucketCounts {
  readonly #bucketMs: number
  readonly #counts = new Map<number, number>()

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / bucketsPerWindow
  }

  /** Milliseconds until one more admission fits: 0 for now, undefined for never. */
  freesInMs(nowMs: number, callsMax: number): number | undefined {
    if (!(callsMax >= 1)) return undefined
    const counted = this.#live(this.bucketAt(nowMs))
    let used = sum(counted)
    if (used < callsMax) return 0
    for (const [bucket, count] of counted.sort(([a], [b]) => a - b)) {
      used -= count
      if (used < callsMax) return this.endsAtMs(bucket) - nowMs
    }
    return undefined
  }

  /** Admissions that count now. */
  used(nowMs: number): number {
    return sum(this.#live(this.bucketAt(nowMs)))
  }

  /** Counts admissions. */
  add(bucket: number, count = 1): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count)
  }

  /** The part of time that a moment falls into. */
  bucketAt(nowMs: number): number {
    return Math.floor(nowMs / this.#bucketMs)
  }

  /** The part that no longer counts from a moment on. */
  bucketEndingAt(endsAtMs: number): number {
    return Math.round(endsAtMs / this.#bucketMs) - bucketsPerWindow - 1
  }

  /** When a part no longer counts. */
  endsAtMs(bucket: number): number {
    return (bucket + bucketsPerWindow + 1) * this.#bucketMs
  }

  /** Whether it can be forgotten. */
  isIdle(nowMs: number): boolean {
    return this.#live(this.bucketAt(nowMs)).length === 0
  }

  /**
   * The parts that count; forgets the others. A part further ahead than a window was
   * counted by a clock that was wrong.
   */
  #live(now: number): [number, number][] {
    const live: [number, number][] = []
    for (const entry of this.#counts) {
      if (Math.abs(now - entry[0]) <= bucketsPerWindow) live.push(entry)
      else this.#counts.delete(entry[0])
    }
    return live
  }
}

function sum(counted: readonly (readonly [number, number])[]): number {
  return counted.reduce((total, [, count]) => total + count, 0)
}
