import { microsOf } from '../domain/micros.ts'
import type { Rate } from '../domain/money.ts'
import { fault, notMoment } from './cells.ts'
import { type BadLines, type ByteSource, type CellFault, type CsvReport, readCsv } from './csv.ts'
import { codeOf } from './digits.ts'
import { momentOf } from './moment.ts'
import { fieldsOf, RateRows } from './rate-rows.ts'

/** What calls cost, by the longest prefix of the called number and by the date. */
export interface RateDeck {
  /** Rows in it. */
  readonly size: number
  /** Bytes that it holds on to. */
  readonly bytes: number
  /** The rate in effect at that moment; undefined where no prefix of the number has one. */
  rate(e164: string, nowMs: number): Rate | undefined
}

export interface RateDeckReading {
  readonly report: CsvReport
  /** Undefined where the report is not ok. */
  readonly deck: RateDeck | undefined
}

const columns = {
  required: ['prefix', 'price_per_minute', 'currency'],
  optional: [
    'connection_fee',
    'first_increment_s',
    'next_increment_s',
    'effective_from',
    'effective_until',
  ],
} as const

const currencyPattern = /^[A-Z]{3}$/
const incrementPattern = /^[1-9]\d{0,3}$/
const prefixPattern = /^\+?[1-9]\d{0,14}$/
/** What is billed at least, and in which steps, where the deck does not say: whole minutes. */
const incrementDefaultS = '60'

/**
 * Reads a carrier's rate deck. Prices are decimal text of a currency, never fractions of a machine;
 * `effective_from` and `effective_until` are dates (midnight UTC) or moments with their offset. Two
 * rows of one prefix and one beginning contradict each other: the second is a bad line.
 */
export async function readRateDeck(
  source: ByteSource,
  badLines: BadLines,
): Promise<RateDeckReading> {
  const rows = new RateRows()
  const take = (cells: readonly string[], line: number) => takeRow(rows, cells, line)
  const read = await readCsv(source, { ...columns, take }, badLines)
  const { table, repeated } = rows.build()
  const report = withRepeated(read, repeated, badLines)
  return { report, deck: report.ok ? deckOf(table) : undefined }
}

function takeRow(
  rows: RateRows,
  [prefix = '', price = '', currency = '', fee = '', ...rest]: readonly string[],
  line: number,
): CellFault | undefined {
  const [first = '', next = '', from = '', until = ''] = rest
  const perMinuteMicros = microsOf(price)
  const connectionFeeMicros = microsOf(fee || '0')
  const fromMs = from === '' ? Number.NEGATIVE_INFINITY : momentOf(from)
  const untilMs = until === '' ? Number.POSITIVE_INFINITY : momentOf(until)
  if (!prefixPattern.test(prefix)) return fault('prefix', 'is not a prefix of E.164 numbers')
  if (perMinuteMicros === undefined) return fault('price_per_minute', notMoney)
  if (connectionFeeMicros === undefined) return fault('connection_fee', notMoney)
  if (!currencyPattern.test(currency)) return fault('currency', 'is not three letters of ISO 4217')
  if (first && !incrementPattern.test(first)) return fault('first_increment_s', notSeconds)
  if (next && !incrementPattern.test(next)) return fault('next_increment_s', notSeconds)
  if (fromMs === undefined) return fault('effective_from', notMoment)
  if (untilMs === undefined) return fault('effective_until', notMoment)
  if (untilMs <= fromMs) return fault('effective_until', 'is not after effective_from')
  const firstIncrementS = Number(first || incrementDefaultS)
  const nextIncrementS = Number(next || first || incrementDefaultS)
  const rate = { perMinuteMicros, connectionFeeMicros, firstIncrementS, nextIncrementS, currency }
  const reason = rows.add({ code: codeOf(prefix), prefix, fromMs, untilMs, line, ...rate })
  return reason === undefined ? undefined : fault('prefix', reason)
}

const notMoney = 'is not an amount with at most six decimals'
const notSeconds = 'is not a number of seconds from 1 to 9999'

function withRepeated(read: CsvReport, repeated: readonly number[], badLines: BadLines): CsvReport {
  if (repeated.length === 0) return read
  const reason = 'has a row with the same beginning already'
  const faults = repeated.map((line) => ({ line, column: 'prefix', reason }))
  return {
    ok: read.ok && badLines === 'skip',
    linesTaken: read.linesTaken - repeated.length,
    linesBad: read.linesBad + repeated.length,
    faults: [...read.faults, ...faults],
  }
}

function deckOf(table: ReturnType<RateRows['build']>['table']): RateDeck {
  const { prefixes, fields, currencies, size } = table
  return {
    size,
    bytes: prefixes.bytes + fields.byteLength,
    rate: (e164, nowMs) => {
      let number = e164.startsWith('+') ? e164.slice(1) : e164
      for (;;) {
        const first = prefixes.find(number)
        if (first === undefined) return undefined
        const rows = fieldsOf(fields, first)
        const row = rows.inEffect(nowMs)
        const prefix = number.slice(0, rows.prefixLength)
        if (row) return { prefix, currency: currencies[row.currency] ?? '', ...row.terms }
        // Not yet, or no longer: the next shorter prefix holds meanwhile.
        number = prefix.slice(0, -1)
      }
    },
  }
}
