import { expect, test } from 'vitest'
import { BoundedCache } from '../../src/numbering/bounded-cache.ts'

test('it never holds more than its bound and forgets what was not asked for longest', () => {
  const cache = new BoundedCache<string>(2)
  const made: string[] = []
  const get = (key: string) =>
    cache.get(key, () => {
      made.push(key)
      return key
    })
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(get(key)).toBe(key)
  expect(made).toEqual(['a', 'b', 'c', 'b'])
  expect(cache.size).toBe(2)
})
