import { expect, test } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { type FreshKey, Positions } from '../../src/sealing/positions.ts'
import { keyAt, puncture } from '../../src/sealing/seed-tree.ts'

test('positions are never handed out twice, and each comes with the key that stands there', () => {
  const seeds = new Map([['', Buffer.alloc(32, 3)]])
  const positions = new Positions(seeds, systemRandom())
  const seen = new Set<string>()
  const count = 16 ** 4 + 300
  for (let at = 0; at < count; at++) {
    const fresh = positions.next()
    if (!fresh) throw new Error('there is room')
    seen.add(fresh.position)
    if (at % 97 === 0) expect(bytesOf(fresh)).toEqual(keyAt(seeds, fresh.position))
  }
  expect(seen.size).toBe(count)
})

test('a tree with a position taken out still has others, a destroyed one has none', () => {
  const change = puncture(new Map([['', Buffer.alloc(32, 3)]]), '0'.repeat(12))
  if (!change) throw new Error('it was there')
  const fresh = new Positions(change.added, systemRandom()).next()
  expect(fresh && bytesOf(fresh)).toEqual(keyAt(change.added, fresh?.position ?? ''))
  expect(new Positions(new Map(), systemRandom()).next()).toBeUndefined()
})

function bytesOf({ key }: FreshKey): Buffer {
  return Buffer.from(key, 'latin1')
}
