import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteLengthOf, bytesOf, textOf } from '../../src/kernel/byte-text.ts'

/** Bytes of text and bytes of none, in turns: most that are random have hardly any text in them. */
const mixed = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts))

test('any bytes come back from the text that they were made', () => {
  fc.assert(
    fc.property(mixed, (bytes) => {
      const text = textOf(bytes)
      expect(bytesOf(text)).toEqual(bytes)
      expect(byteLengthOf(text)).toBe(bytes.length)
    }),
    { numRuns: 1_000 },
  )
})

test('a part of bytes is the text of that part', () => {
  const bytes = Buffer.concat([Buffer.of(0xff), Buffer.from('grün'), Buffer.of(0xfe)])
  expect(textOf(bytes, 1, 6)).toBe('grün')
  expect(textOf(bytes, 1)).toBe('grün\udcfe')
})

test('any text of Unicode is itself, also beside bytes that are none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(textOf(Buffer.from(text))).toBe(text)
      const bytes = Buffer.concat([Buffer.from(text), Buffer.of(0xff)])
      expect(textOf(bytes)).toBe(`${text}\udcff`)
      expect(bytesOf(`${text}\udcff`)).toEqual(bytes)
    }),
  )
})

test('what Unicode forbids is bytes: overlong forms, surrogates, and beyond the last character', () => {
  for (const hex of [
    'c080',
    'c1bf',
    'e09fbf',
    'eda080',
    'f08fbfbf',
    'f4908080',
    'f5808080',
    'e282',
  ]) {
    const bytes = Buffer.from(hex, 'hex')
    const units = [...bytes].map((byte) => String.fromCharCode(0xdc00 + byte))
    expect(textOf(bytes)).toBe(units.join(''))
  }
})

test('a surrogate that stands for no byte leaves as U+FFFD, as Node writes it', () => {
  expect(bytesOf('\ud800a')).toEqual(Buffer.from('\ufffda'))
})
