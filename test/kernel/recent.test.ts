import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Recent } from '../../src/kernel/recent.ts'

test('what was used last is kept, and never more than there may be', () => {
  const uses = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 100 })
  fc.assert(
    fc.property(uses, fc.integer({ min: 2, max: 8 }), (keys, entriesMax) => {
      const recent = new Recent<number, string>(entriesMax)
      for (const key of keys) {
        if (recent.get(key) === undefined) recent.set(key, String(key))
      }
      const lastUsed = [...new Set(keys.toReversed())]
      const kept = lastUsed.filter((key) => recent.get(key) === String(key))
      expect(kept.length).toBeLessThanOrEqual(entriesMax)
      const atLeast = Math.floor(entriesMax / 2)
      expect(kept.slice(0, atLeast)).toEqual(lastUsed.slice(0, atLeast))
    }),
  )
})

test('a value that is set again is the new one', () => {
  const recent = new Recent<string, number>(2)
  for (const value of [1, 2, 3]) recent.set('a', value)
  recent.set('b', 4)
  expect([recent.get('a'), recent.get('b')]).toEqual([3, 4])
  recent.clear()
  expect(recent.get('a')).toBeUndefined()
})
