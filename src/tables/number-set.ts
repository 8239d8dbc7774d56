/** Whether a number is in a set; exact: never a yes for a number that was not put in. */
export interface NumberSet {
  readonly size: number
  /** Bytes that it holds on to. */
  readonly bytes: number
  /** E.164, with or without `+`. */
  has(e164: string): boolean
}

/** Numbers are kept by their low 32 bits, in groups that share the rest: 4 bytes a number. */
const groupSpan = 2 ** 32
const firstCapacity = 1024

/** Fifteen digits of E.164 are below 2^53, and none begins with 0: the number as a number is exact. */
const numberPattern = /^\+?([1-9]\d{1,14})$/

/** Collects numbers, repeated ones too, and makes a set of them. Needs 8 bytes a number meanwhile. */
export class NumberSetBuilder {
  #numbers = new Float64Array(firstCapacity)
  #size = 0

  /** Whether it is a number at all. */
  add(e164: string): boolean {
    const value = numberOf(e164)
    if (value === undefined) return false
    if (this.#size === this.#numbers.length) {
      const larger = new Float64Array(this.#size * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#size++] = value
    return true
  }

  build(): NumberSet {
    const sorted = this.#numbers.subarray(0, this.#size).sort()
    return new GroupedNumbers(groupsOf(sorted))
  }
}

function numberOf(e164: string): number | undefined {
  const digits = numberPattern.exec(e164)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

type Groups = ReadonlyMap<number, Uint32Array>

function groupsOf(sorted: Float64Array): Groups {
  const groups = new Map<number, Uint32Array>()
  let from = 0
  while (from < sorted.length) {
    const group = Math.floor((sorted[from] ?? 0) / groupSpan)
    let to = from
    while (to < sorted.length && Math.floor((sorted[to] ?? 0) / groupSpan) === group) to++
    groups.set(group, lowsOf(sorted.subarray(from, to)))
    from = to
  }
  return groups
}

/** The low bits of sorted numbers, each once. */
function lowsOf(sorted: Float64Array): Uint32Array {
  const lows = new Uint32Array(sorted.length)
  let length = 0
  for (let at = 0; at < sorted.length; at++) {
    if (at === 0 || sorted[at] !== sorted[at - 1]) lows[length++] = (sorted[at] ?? 0) % groupSpan
  }
  return length === lows.length ? lows : lows.slice(0, length)
}

class GroupedNumbers implements NumberSet {
  readonly size: number
  readonly bytes: number
  readonly #groups: Groups

  constructor(groups: Groups) {
    const lows = [...groups.values()]
    this.#groups = groups
    this.size = lows.reduce((sum, { length }) => sum + length, 0)
    this.bytes = lows.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  has(e164: string): boolean {
    const value = numberOf(e164)
    if (value === undefined) return false
    const lows = this.#groups.get(Math.floor(value / groupSpan))
    return lows !== undefined && holds(lows, value % groupSpan)
  }
}

function holds(sorted: Uint32Array, wanted: number): boolean {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return sorted[low] === wanted
}
