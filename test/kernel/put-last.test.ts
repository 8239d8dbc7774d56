import { expect, test } from 'vitest'
import { putLast } from '../../src/kernel/put-last.ts'

test('a full map forgets what was put longest ago, and what is put again counts as new', () => {
  const map = new Map<string, number>()
  for (const [at, key] of ['a', 'b', 'a', 'c', 'd'].entries()) putLast(map, [key, at], 3)
  expect([...map]).toEqual([
    ['a', 2],
    ['c', 3],
    ['d', 4],
  ])
})

test('to put an entry again takes nobody out', () => {
  const map = new Map([
    ['a', 1],
    ['b', 2],
  ])
  putLast(map, ['a', 3], 2)
  expect([...map]).toEqual([
    ['b', 2],
    ['a', 3],
  ])
})
