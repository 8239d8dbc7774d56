import type { Rate } from '../domain/money.ts'
import { type PrefixTable, PrefixTableBuilder } from './prefix-table.ts'

/** One line of a rate deck, read and found good. */
export interface RateRow extends Rate {
  /** What `codeOf` makes of the prefix. */
  readonly code: number
  readonly fromMs: number
  readonly untilMs: number
  readonly line: number
}

/** Where each figure of a row stands; money and time are exact as whole numbers. */
const at = {
  perMinute: 0,
  fee: 1,
  first: 2,
  next: 3,
  from: 4,
  until: 5,
  currency: 6,
  length: 7,
  code: 8,
  line: 9,
} as const
const stride = 10

const rowsMax = 4_000_000
const currenciesMax = 200
const firstCapacity = 1024

export interface RateTable {
  /** The first row of each prefix; its other rows follow, the latest beginning first. */
  readonly prefixes: PrefixTable
  readonly fields: Float64Array
  readonly currencies: readonly string[]
  readonly size: number
}

/** Collects the rows of a rate deck as plain figures: 80 bytes each. */
export class RateRows {
  #fields = new Float64Array(firstCapacity * stride)
  #size = 0
  readonly #currencies: string[] = []

  /** Why the row cannot be taken; undefined where it was. */
  add(row: RateRow): string | undefined {
    if (this.#size === rowsMax) return `is past ${rowsMax} rows`
    const currency = this.#currencyOf(row.currency)
    if (currency === undefined) return `is past ${currenciesMax} currencies`
    if ((this.#size + 1) * stride > this.#fields.length) this.#grow()
    this.#fields.set(figuresOf(row, currency), this.#size++ * stride)
    return undefined
  }

  /** The table, and the lines that say again what an earlier line says. */
  build(): { readonly table: RateTable; readonly repeated: readonly number[] } {
    const order = this.#inOrder()
    const fields = new Float64Array(order.length * stride)
    const builder = new PrefixTableBuilder()
    const repeated: number[] = []
    let size = 0
    for (const row of order) {
      const figures = this.#fields.subarray(row * stride, (row + 1) * stride)
      const before = fields.subarray((size - 1) * stride, size * stride)
      const samePrefix = size > 0 && before[at.code] === figures[at.code]
      if (samePrefix && before[at.from] === figures[at.from]) {
        repeated.push(figures[at.line] ?? 0)
        continue
      }
      if (!samePrefix) builder.addCode(figures[at.code] ?? 0, figures[at.length] ?? 0, size)
      fields.set(figures, size++ * stride)
    }
    const used = fields.slice(0, size * stride)
    const currencies = this.#currencies
    return { table: { prefixes: builder.build(), fields: used, currencies, size }, repeated }
  }

  /** By prefix, then the latest beginning first, then by line. */
  #inOrder(): Uint32Array {
    const fields = this.#fields
    const figure = (row: number, field: number) => fields[row * stride + field] ?? 0
    const order = Uint32Array.from({ length: this.#size }, (_, row) => row)
    return order.sort(
      (a, b) =>
        figure(a, at.code) - figure(b, at.code) ||
        compare(figure(b, at.from), figure(a, at.from)) ||
        a - b,
    )
  }

  #currencyOf(name: string): number | undefined {
    const known = this.#currencies.indexOf(name)
    if (known >= 0) return known
    return this.#currencies.length < currenciesMax ? this.#currencies.push(name) - 1 : undefined
  }

  #grow(): void {
    const larger = new Float64Array(this.#fields.length * 2)
    larger.set(this.#fields)
    this.#fields = larger
  }
}

/** Also for two infinities, whose difference is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}

function figuresOf(row: RateRow, currency: number): number[] {
  const { perMinuteMicros, connectionFeeMicros, firstIncrementS, nextIncrementS } = row
  const money = [perMinuteMicros, connectionFeeMicros, firstIncrementS, nextIncrementS]
  const length = row.prefix.length - (row.prefix.startsWith('+') ? 1 : 0)
  return [...money, row.fromMs, row.untilMs, currency, length, row.code, row.line]
}

/** The rows of one prefix. */
export interface PrefixRows {
  readonly prefixLength: number
  /** Of the rows that have begun and not ended, the one that began last. */
  inEffect(
    nowMs: number,
  ): { currency: number; terms: Omit<Rate, 'prefix' | 'currency'> } | undefined
}

/** Reads the rows of the prefix whose first row stands at `first`. */
export function fieldsOf(fields: Float64Array, first: number): PrefixRows {
  const figure = (row: number, field: number) => fields[row * stride + field] ?? 0
  return {
    prefixLength: figure(first, at.length),
    inEffect: (nowMs) => {
      for (let row = first; fields[row * stride + at.code] === figure(first, at.code); row++) {
        if (figure(row, at.from) > nowMs || figure(row, at.until) <= nowMs) continue
        return { currency: figure(row, at.currency), terms: termsOf(figure, row) }
      }
      return undefined
    },
  }
}

function termsOf(figure: (row: number, field: number) => number, row: number) {
  return {
    perMinuteMicros: figure(row, at.perMinute),
    connectionFeeMicros: figure(row, at.fee),
    firstIncrementS: figure(row, at.first),
    nextIncrementS: figure(row, at.next),
  }
}
