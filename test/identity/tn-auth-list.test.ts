import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeTnAuthList,
  encodeTnAuthList,
  listsNumber,
  type TnEntry,
} from '../../src/identity/tn-auth-list.ts'

test('RFC 8226 9: the DER of a TNAuthList, with explicit tags', () => {
  // What stands for the code 709J in certificates in use.
  expect(encodeTnAuthList([{ spc: '709J' }]).toString('base64')).toBe('MAigBhYENzA5Sg==')
  // A range and a number, by hand after X.690.
  expect(encodeTnAuthList([{ start: '120', count: 1000 }, { one: '1201' }]).toString('hex')).toBe(
    '3015a10b30091603313230020203e8a2061604' + '31323031',
  )
})

const digits = fc.stringMatching(/^\d{1,15}$/)
const entry: fc.Arbitrary<TnEntry> = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]{1,10}$/).map((spc) => ({ spc })),
  fc.stringMatching(/^[0-9#*]{1,15}$/).map((one) => ({ one })),
  fc.record({ start: digits, count: fc.integer({ min: 2, max: 999_999_999_999_999 }) }),
)

test('what is written is what is read', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), (entries) => {
      expect(decodeTnAuthList(encodeTnAuthList(entries))).toEqual(entries)
    }),
  )
})

test('a code, a number and a range that RFC 8226 does not allow are not written', () => {
  for (const spc of ['', 'A B', 'ABCDEFGHIJK', 'é', '12>4']) {
    expect(() => encodeTnAuthList([{ spc }])).toThrow(RangeError)
  }
  for (const one of ['', '+1', '1234567890123456', '1a']) {
    expect(() => encodeTnAuthList([{ one }])).toThrow(RangeError)
  }
  for (const count of [0, 1, -2, 2.5, 1e15, Number.NaN]) {
    expect(() => encodeTnAuthList([{ start: '1', count }])).toThrow(RangeError)
  }
  expect(() => encodeTnAuthList([])).toThrow(RangeError)
})

test('whatever bytes come, reading ends in a list or in none', () => {
  const good = encodeTnAuthList([{ spc: '709J' }, { one: '1201' }, { start: '120', count: 1000 }])
  const damaged = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
    .map(([at, byte, end]) =>
      Buffer.from(good)
        .fill(byte, at, at + 1)
        .subarray(0, end),
    )
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
      const entries = decodeTnAuthList(bytes)
      if (entries) expect(decodeTnAuthList(encodeTnAuthList(entries))).toEqual(entries)
    }),
    { numRuns: 2000 },
  )
  for (const hex of ['', '3000', '0500', '3008a00616043730394a00', '3006800437303941']) {
    expect(decodeTnAuthList(Buffer.from(hex, 'hex'))).toBeUndefined()
  }
})

test('a range has its first and its last number, and none before, after or of another length', () => {
  const entries = [{ spc: '709J' }, { start: '12155550000', count: 100 }, { one: '12155551212' }]
  for (const own of ['12155550000', '12155550099', '12155551212']) {
    expect(listsNumber(entries, own)).toBe(true)
  }
  for (const strange of ['12155549999', '12155550100', '1215555000', '121555500001', '709']) {
    expect(listsNumber(entries, strange)).toBe(false)
  }
  expect(listsNumber([{ start: '0100', count: 2 }], '100')).toBe(false)
})
