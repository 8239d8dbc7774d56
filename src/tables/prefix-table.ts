import { codeOf, spanOf } from './digits.ts'

/** What a number begins with decides what it gets: of several prefixes, the longest. */
export interface PrefixTable {
  /** Prefixes in it. */
  readonly size: number
  /** Bytes that it holds on to. */
  readonly bytes: number
  /** The value of the longest prefix that the number (E.164, with or without `+`) begins with. */
  find(e164: string): number | undefined
}

/** Stands where no prefix reaches. */
const none = -1

/**
 * Collects prefixes with their values (whole numbers from 0) and makes a table of them. The ranges of
 * the prefixes lie inside or beside one another, so they can be cut into neighbours: looking up is one
 * binary search, however many lengths there are.
 */
export class PrefixTableBuilder {
  #froms = new Float64Array(firstCapacity)
  #tos = new Float64Array(firstCapacity)
  #values = new Int32Array(firstCapacity)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Whether these are digits; a prefix that is added twice has the later value. */
  add(prefix: string, value: number): boolean {
    const code = codeOf(prefix)
    if (code >= 0) this.addCode(code, prefix.length - (prefix.startsWith('+') ? 1 : 0), value)
    return code >= 0
  }

  /** Adds a prefix by its code and how many digits it has. */
  addCode(code: number, digits: number, value: number): void {
    if (this.#size === this.#values.length) this.#grow()
    this.#froms[this.#size] = code
    this.#tos[this.#size] = code + spanOf(digits)
    this.#values[this.#size++] = value
  }

  build(): PrefixTable {
    const cut = new Cut(this.#size)
    const order = this.#inOrder()
    let prefixes = 0
    for (let at = 0; at < order.length; at++) {
      const row = order[at] ?? 0
      const next = order[at + 1]
      if (next !== undefined && this.#isSame(row, next)) continue
      prefixes++
      cut.open(this.#froms[row] ?? 0, this.#tos[row] ?? 0, this.#values[row] ?? 0)
    }
    return cut.close(prefixes)
  }

  /** Outer before inner, and of one prefix the earlier first. */
  #inOrder(): Uint32Array {
    const froms = this.#froms
    const tos = this.#tos
    const before = (a: number, b: number) =>
      (froms[a] ?? 0) - (froms[b] ?? 0) || (tos[b] ?? 0) - (tos[a] ?? 0) || a - b
    const order = Uint32Array.from({ length: this.#size }, (_, at) => at)
    const sorted = order.every((row, at) => at === 0 || before(order[at - 1] ?? 0, row) < 0)
    return sorted ? order : order.sort(before)
  }

  #isSame(a: number, b: number): boolean {
    return this.#froms[a] === this.#froms[b] && this.#tos[a] === this.#tos[b]
  }

  #grow(): void {
    const capacity = this.#values.length * 2
    this.#froms = grown(this.#froms, new Float64Array(capacity))
    this.#tos = grown(this.#tos, new Float64Array(capacity))
    this.#values = grown(this.#values, new Int32Array(capacity))
  }
}

const firstCapacity = 1024

function grown<Numbers extends Float64Array | Int32Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from)
  return into
}

/** Cuts nested ranges, given in order, into neighbours. */
class Cut {
  /** Every range begins one piece and ends one at most. */
  readonly #starts: Float64Array
  readonly #values: Int32Array
  #length = 0
  readonly #open: { readonly to: number; readonly value: number }[] = []

  constructor(ranges: number) {
    this.#starts = new Float64Array(ranges * 2)
    this.#values = new Int32Array(ranges * 2)
  }

  open(from: number, to: number, value: number): void {
    this.#closeUpTo(from)
    this.#piece(from, value)
    this.#open.push({ to, value })
  }

  close(size: number): PrefixTable {
    this.#closeUpTo(Number.POSITIVE_INFINITY)
    const starts = this.#starts.slice(0, this.#length)
    return new SearchedTable(starts, this.#values.slice(0, this.#length), size)
  }

  #closeUpTo(from: number): void {
    for (;;) {
      const inner = this.#open.at(-1)
      if (!inner || inner.to > from) return
      this.#open.pop()
      this.#piece(inner.to, this.#open.at(-1)?.value ?? none)
    }
  }

  #piece(start: number, value: number): void {
    // What was to begin where this begins has no length.
    if (this.#length > 0 && this.#starts[this.#length - 1] === start) this.#length--
    this.#starts[this.#length] = start
    this.#values[this.#length++] = value
  }
}

class SearchedTable implements PrefixTable {
  readonly size: number
  readonly #starts: Float64Array
  readonly #values: Int32Array

  constructor(starts: Float64Array, values: Int32Array, size: number) {
    this.#starts = starts
    this.#values = values
    this.size = size
  }

  get bytes(): number {
    return this.#starts.byteLength + this.#values.byteLength
  }

  find(e164: string): number | undefined {
    const code = codeOf(e164)
    if (code < 0) return undefined
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#starts[middle] ?? 0) <= code) low = middle + 1
      else high = middle
    }
    const value = this.#values[low - 1] ?? none
    return value === none ? undefined : value
  }
}
