import fc from 'fast-check'
import { expect, test } from 'vitest'
import { microsOf } from '../../src/domain/micros.ts'
import { readRateDeck } from '../../src/tables/rate-deck.ts'
import { fileOf } from './support.ts'

const header =
  'prefix,price_per_minute,currency,connection_fee,first_increment_s,next_increment_s,effective_from,effective_until'
const noon = Date.parse('2026-06-15T12:00:00Z')

const deckOf = async (...lines: string[]) =>
  (await readRateDeck(fileOf([header, ...lines], 64), 'refuse')).deck

test('the rate of a number is that of its longest prefix', async () => {
  const deck = await deckOf('1,0.01,USD,,,,,', '1876,0.35,USD,0.05,60,6,,', '44,0.02,EUR,,1,,,')
  expect(deck?.rate('+12025550123', noon)).toEqual({
    prefix: '1',
    currency: 'USD',
    perMinuteMicros: 10_000,
    connectionFeeMicros: 0,
    firstIncrementS: 60,
    nextIncrementS: 60,
  })
  expect(deck?.rate('+18765550123', noon)).toEqual({
    prefix: '1876',
    currency: 'USD',
    perMinuteMicros: 350_000,
    connectionFeeMicros: 50_000,
    firstIncrementS: 60,
    nextIncrementS: 6,
  })
  expect(deck?.rate('+442079460000', noon)).toMatchObject({ firstIncrementS: 1, nextIncrementS: 1 })
  expect(deck?.rate('+33612345678', noon)).toBeUndefined()
})

test('of the rows of a prefix the one that began last is in effect', async () => {
  const deck = await deckOf(
    '44,0.03,USD,,,,2026-07-01,',
    '44,0.01,USD,,,,,',
    '44,0.02,USD,,,,2026-06-01T00:00:00+02:00,',
  )
  const price = (moment: string) => deck?.rate('+442079460000', Date.parse(moment))?.perMinuteMicros
  expect(price('2026-05-31T21:59:59.999Z')).toBe(10_000)
  expect(price('2026-05-31T22:00:00Z')).toBe(20_000)
  expect(price('2026-06-30T23:59:59.999Z')).toBe(20_000)
  expect(price('2026-07-01T00:00:00Z')).toBe(30_000)
})

test('a prefix that is not yet or no longer priced leaves the number to a shorter one', async () => {
  const deck = await deckOf(
    '44,0.01,USD,,,,,',
    '447,0.05,USD,,,,2026-07-01,2026-08-01',
    '4477,0.09,USD,,,,2026-07-15,',
  )
  const price = (moment: string) => deck?.rate('+447700900123', Date.parse(moment))?.perMinuteMicros
  expect(price('2026-06-30T00:00:00Z')).toBe(10_000)
  expect(price('2026-07-01T00:00:00Z')).toBe(50_000)
  expect(price('2026-07-15T00:00:00Z')).toBe(90_000)
  expect((await deckOf('447,0.05,USD,,,,2026-07-01,2026-08-01'))?.rate('+447700900123', noon)).toBe(
    undefined,
  )
})

test('a price for a time leaves the number to the one before it when it is over', async () => {
  const deck = await deckOf('44,0.01,USD,,,,2026-01-01,', '44,0.03,USD,,,,2026-07-01,2026-08-01')
  const price = (moment: string) => deck?.rate('+442079460000', Date.parse(moment))?.perMinuteMicros
  expect(price('2026-07-31T23:59:59.999Z')).toBe(30_000)
  expect(price('2026-08-01T00:00:00Z')).toBe(10_000)
  expect(price('2025-12-31T23:59:59Z')).toBe(undefined)
})

test('every fault of a deck is told with its line and column, and nothing is kept', async () => {
  const lines = [
    '44,0.01,USD,,,,,',
    '44,0.02,USD,,,,,',
    '0044,0.01,USD,,,,,',
    '45,1e-2,USD,,,,,',
    '46,0.0000001,USD,,,,,',
    '47,-1,USD,,,,,',
    '48,0.01,usd,,,,,',
    '49,0.01,USD,free,,,,',
    '50,0.01,USD,,0,,,',
    '51,0.01,USD,,60,1.5,,',
    '52,0.01,USD,,,,01.02.2026,',
    '53,0.01,USD,,,,2026-02-30,',
    '54,0.01,USD,,,,2026-02-02,2026-02-01',
  ]
  const { deck, report } = await readRateDeck(fileOf([header, ...lines], 64), 'refuse')
  expect(deck).toBeUndefined()
  expect(report.linesBad).toBe(12)
  expect(report.faults.map(({ line, column }) => `${line} ${column}`)).toEqual([
    '4 prefix',
    '5 price_per_minute',
    '6 price_per_minute',
    '7 price_per_minute',
    '8 currency',
    '9 connection_fee',
    '10 first_increment_s',
    '11 next_increment_s',
    '12 effective_from',
    '13 effective_from',
    '14 effective_until',
    '3 prefix',
  ])
  const skipped = await readRateDeck(fileOf([header, ...lines], 64), 'skip')
  expect(skipped.deck?.size).toBe(1)
  expect(skipped.deck?.rate('+442079460000', noon)?.perMinuteMicros).toBe(10_000)
})

test('decimal text becomes whole micros exactly, or is refused', () => {
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.nat(999_999), (units, micros) => {
      const text = `${units}.${String(micros).padStart(6, '0')}`
      expect(microsOf(text)).toBe(units * 1_000_000 + micros)
      expect(microsOf(`${text}000`)).toBe(microsOf(text))
      expect(microsOf(`${text}1`)).toBe(undefined)
    }),
  )
  expect(['0.29', '1.1', '4.35', '7'].map(microsOf)).toEqual([
    290_000, 1_100_000, 4_350_000, 7_000_000,
  ])
  expect(['', '.5', '1.', '1,5', '+1', ' 1', '1e3', '0x10', '٣'].map(microsOf)).toEqual(
    Array(9).fill(undefined),
  )
})
