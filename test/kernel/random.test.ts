import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'

const random = systemRandom()

test('a draw below a bound is a whole number from 0 up to, not including, the bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (bound) => {
      const drawn = random.below(bound)
      expect(Number.isInteger(drawn)).toBe(true)
      expect(drawn).toBeGreaterThanOrEqual(0)
      expect(drawn).toBeLessThan(bound)
    }),
  )
})

test('every number below a small bound comes up', () => {
  const seen = new Set(Array.from({ length: 500 }, () => random.below(4)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3])
})

test('bytes and hex have the size asked for, also past the pool', () => {
  for (const size of [0, 1, 16, 8191, 8192, 8193, 20_000]) {
    expect(random.bytes(size)).toHaveLength(size)
    expect(random.hex(size)).toHaveLength(2 * size)
    expect(random.hex(size)).toMatch(/^[0-9a-f]*$/)
  }
})

test('no draw is handed out twice, nor changed by the next', () => {
  const drawn = Array.from({ length: 2000 }, () => random.bytes(16))
  const asText = drawn.map((bytes) => bytes.toString('hex'))
  for (let at = 0; at < 1000; at++) random.bytes(16)
  expect(drawn.map((bytes) => bytes.toString('hex'))).toEqual(asText)
  expect(new Set(asText).size).toBe(drawn.length)
})
