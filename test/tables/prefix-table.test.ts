import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeOf } from '../../src/tables/digits.ts'
import { PrefixTableBuilder } from '../../src/tables/prefix-table.ts'

const digits = (maxLength: number) =>
  fc
    .array(fc.constantFrom('0', '1', '2', '9'), { minLength: 1, maxLength })
    .map((parts) => parts.join(''))

/** What the table promises, said in the plainest way. */
function longestOf(rows: readonly (readonly [string, number])[], number: string) {
  const fitting = rows.filter(([prefix]) => number.startsWith(prefix))
  const length = Math.max(...fitting.map(([prefix]) => prefix.length))
  return fitting.filter(([prefix]) => prefix.length === length).at(-1)?.[1]
}

test('the longest prefix decides, whatever the prefixes and the number', () => {
  const rows = fc.array(fc.tuple(digits(6), fc.nat(1000)), { maxLength: 30 })
  fc.assert(
    fc.property(
      rows,
      fc.array(digits(8), { minLength: 10, maxLength: 10 }),
      (prefixes, numbers) => {
        const builder = new PrefixTableBuilder()
        for (const [prefix, value] of prefixes) builder.add(prefix, value)
        const table = builder.build()
        expect(table.size).toBe(new Set(prefixes.map(([prefix]) => prefix)).size)
        for (const number of [...numbers, ...prefixes.map(([prefix]) => prefix)]) {
          expect(table.find(number)).toBe(longestOf(prefixes, number))
          expect(table.find(`+${number}`)).toBe(table.find(number))
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a number that is shorter than a prefix does not begin with it', () => {
  const builder = new PrefixTableBuilder()
  builder.add('1230', 7)
  const table = builder.build()
  expect([table.find('123'), table.find('1230'), table.find('12300')]).toEqual([undefined, 7, 7])
})

test('what is no number is found nowhere', () => {
  const builder = new PrefixTableBuilder()
  expect(['', '+', '1a', '1234567890123456'].map((text) => builder.add(text, 1))).toEqual(
    Array(4).fill(false),
  )
  builder.add('1', 1)
  const table = builder.build()
  expect(['', '+', '1a', '1234567890123456', 'x1'].map((text) => table.find(text))).toEqual(
    Array(5).fill(undefined),
  )
})

test('codes are exact and in the order of the digits as text', () => {
  const number = digits(15)
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(Number.isSafeInteger(codeOf(a))).toBe(true)
      expect(Math.sign(codeOf(a) - codeOf(b))).toBe(a === b ? 0 : a < b ? -1 : 1)
    }),
  )
})

test('prefixes beside one another cost little more than 12 bytes', () => {
  const builder = new PrefixTableBuilder()
  for (let at = 0; at < 1000; at++) builder.add(`1${String(at).padStart(3, '0')}`, at)
  const table = builder.build()
  expect(table.bytes / table.size).toBeLessThan(14)
})

test('a prefix costs at most 24 bytes', () => {
  const builder = new PrefixTableBuilder()
  for (let at = 0; at < 5000; at++) builder.add(`1${String(at * 7).padStart(7, '0')}`, at)
  const table = builder.build()
  expect(table.bytes / table.size).toBeLessThanOrEqual(24)
})
