import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderServices } from '../../../src/engine/locate/services.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { srv } from './scripted-lookup.ts'

const records = fc.array(
  fc.record({
    name: fc.domain(),
    port: fc.integer({ min: 1, max: 65_535 }),
    priority: fc.nat(3),
    weight: fc.nat(65_535),
  }),
  { maxLength: 12 },
)

function drawing(draws: readonly number[]): Random {
  let at = 0
  return { ...countedRandom(), below: (below) => (draws[at++ % draws.length] ?? 0) % below }
}

test('whatever the draw, every server is there once and priorities come in order', () => {
  fc.assert(
    fc.property(records, fc.array(fc.nat(), { minLength: 1 }), (given, draws) => {
      const ordered = orderServices(given, drawing(draws))
      expect(new Set(ordered)).toEqual(new Set(given))
      expect(ordered).toHaveLength(given.length)
      const priorities = ordered.map(({ priority }) => priority)
      expect(priorities).toEqual(priorities.toSorted((one, other) => one - other))
    }),
  )
})

test('among equals each server is first as often as its share of the weights', () => {
  const given = [srv('one', 1, 10, 60), srv('two', 2, 10, 30), srv('three', 3, 10, 10)]
  const firsts = new Map<string | undefined, number>()
  for (let draw = 0; draw <= 100; draw++) {
    const [first] = orderServices(given, drawing([draw]))
    firsts.set(first?.name, (firsts.get(first?.name) ?? 0) + 1)
  }
  // RFC 2782: a draw of 0 to the sum, both included; the first whose running sum reaches it.
  expect(Object.fromEntries(firsts)).toEqual({ one: 60, two: 30, three: 11 })
})

test('a server of weight 0 has a small chance beside others', () => {
  const given = [srv('heavy', 1, 10, 100), srv('light', 2, 10, 0)]
  expect(orderServices(given, drawing([0]))[0]?.name).toBe('light')
  expect(orderServices(given, drawing([1]))[0]?.name).toBe('heavy')
})

test('among equals that all have weight 0 each is first as often as the others', () => {
  const given = [
    srv('one', 1, 10, 0),
    srv('two', 2, 10, 0),
    srv('three', 3, 10, 0),
    srv('last', 4, 20, 0),
  ]
  const first = (draw: number) => orderServices(given, drawing([draw]))[0]?.name
  expect([0, 1, 2, 3, 4, 5].map(first)).toEqual(['one', 'two', 'three', 'one', 'two', 'three'])
})
