import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { randomBase62, toBase62 } from '../../src/keys/base62.ts'
import { hashSecret, keyPattern, mintKey, parseKey } from '../../src/keys/format.ts'
import { countedRandom } from '../support/counted-random.ts'

const random = systemRandom()

test('a minted key has the documented form and parses into its own parts', () => {
  const minted = mintKey(random, 'live')
  const text = minted.text.reveal()
  expect(text).toMatch(/^tg_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
  expect(text).toMatch(keyPattern)
  const parsed = parseKey(text)
  expect(parsed?.publicId).toBe(minted.id)
  expect(parsed?.mode).toBe('live')
  expect(hashSecret(parsed?.secret.reveal() ?? '')).toEqual(minted.secretHash)
})

test('a test key says so', () => {
  const minted = mintKey(random, 'test')
  expect(parseKey(minted.text.reveal())?.mode).toBe('test')
})

test('the secret holds at least 256 bits', () => {
  expect(43 * Math.log2(62)).toBeGreaterThanOrEqual(256)
})

test('a key never shows itself when printed or serialised', () => {
  const minted = mintKey(random, 'live')
  const shown = `${minted.text} ${JSON.stringify(minted)} ${JSON.stringify(parseKey(minted.text.reveal()))}`
  expect(shown).not.toContain('tg_live_')
  expect(shown).not.toContain(minted.text.reveal().slice(25, 68))
})

test('a key with any one character changed does not parse', () => {
  const text = mintKey(random, 'live').text.reveal()
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === 'x' ? 'y' : 'x'
    expect(parseKey(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined()
  }
})

test('the mode is under the checksum: a test key is not turned into a live one', () => {
  const text = mintKey(random, 'test').text.reveal()
  expect(parseKey(text.replace('tg_test_', 'tg_live_'))).toBeUndefined()
})

test('no text whatever makes the parser throw', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => !parseKey(text)))
  expect(parseKey('')).toBeUndefined()
  expect(parseKey('tg_live_'.repeat(100_000))).toBeUndefined()
})

test('a newline after a key is no part of a key', () => {
  expect(parseKey(`${mintKey(random, 'live').text.reveal()}\n`)).toBeUndefined()
})

test('a character is drawn without bias: bytes past the last full round are drawn again', () => {
  const bytes = Buffer.alloc(64, 255)
  bytes[63] = 61
  const source = { ...countedRandom(), bytes: () => bytes }
  expect(randomBase62(source, 2)).toBe('zz')
})

test('a source that gives nothing usable fails instead of looping for ever', () => {
  const source = { ...countedRandom(), bytes: () => Buffer.alloc(64, 255) }
  expect(() => randomBase62(source, 1)).toThrow(RangeError)
})

test('base 62 is padded and reaches the largest checksum', () => {
  expect(toBase62(0, 6)).toBe('000000')
  expect(toBase62(61, 6)).toBe('00000z')
  expect(toBase62(2 ** 32 - 1, 6)).toHaveLength(6)
})
