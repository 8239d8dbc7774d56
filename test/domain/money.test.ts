import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costMicros, type Rate } from '../../src/domain/money.ts'

const rate: Rate = {
  prefix: '1',
  currency: 'USD',
  perMinuteMicros: 12_000,
  connectionFeeMicros: 500,
  firstIncrementS: 30,
  nextIncrementS: 6,
}

test.each([
  [0, 500 + 6_000],
  [1, 500 + 6_000],
  [30_000, 500 + 6_000],
  [30_001, 500 + 7_200],
  [36_000, 500 + 7_200],
  [36_001, 500 + 8_400],
  [60_000, 500 + 12_000],
])('%d ms by 30/6 cost %d micros', (durationMs, micros) => {
  expect(costMicros(rate, durationMs)).toBe(micros)
})

test('a micro begun is a micro', () => {
  const odd = { ...rate, perMinuteMicros: 1, connectionFeeMicros: 0, firstIncrementS: 1 }
  expect(costMicros(odd, 1000)).toBe(1)
})

test('a longer call never costs less, and every sum is a whole number', () => {
  const rates = fc.record({
    prefix: fc.constant('1'),
    currency: fc.constant('USD'),
    perMinuteMicros: fc.nat(1_000_000_000),
    connectionFeeMicros: fc.nat(1_000_000),
    firstIncrementS: fc.nat(120),
    nextIncrementS: fc.nat(120),
  })
  const lengths = fc.nat(86_400_000)
  fc.assert(
    fc.property(rates, lengths, lengths, (each, one, other) => {
      const [shorter, longer] = [Math.min(one, other), Math.max(one, other)]
      const costs = [costMicros(each, shorter), costMicros(each, longer)] as const
      expect(costs[0]).toBeLessThanOrEqual(costs[1])
      expect(costs.every(Number.isSafeInteger)).toBe(true)
    }),
  )
})
