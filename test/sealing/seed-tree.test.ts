import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyWalk, keyAt, puncture } from '../../src/sealing/seed-tree.ts'

const position = fc.stringMatching(/^[0-9a-f]{12}$/)
/** Positions that share their beginnings, as those do that were handed out in a row. */
const near = fc.stringMatching(/^00000000000[0-9a-f]$|^0000000000[0-3][0-9a-f]$/)

test('after any punctures those positions have no key, and every other has the one it had', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uniqueArray(fc.oneof(position, near), { maxLength: 8 }),
      fc.array(fc.oneof(position, near), { minLength: 1, maxLength: 8 }),
      (root, gone, asked) => {
        const whole = new Map([['', Buffer.from(root)]])
        const left = new Map<string, Buffer>(whole)
        for (const each of gone) {
          const change = puncture(left, each)
          if (!change) throw new Error('it was there')
          left.delete(change.removed)
          for (const [prefix, seed] of change.added) left.set(prefix, seed)
        }
        const walk = new KeyWalk(left)
        for (const each of [...gone, ...asked]) {
          const expected = gone.includes(each) ? undefined : keyAt(whole, each)
          expect(keyAt(left, each)).toEqual(expected)
          expect(walk.keyAt(each)).toEqual(expected)
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('a position is taken out once', () => {
  const seeds = new Map([['', Buffer.alloc(32)]])
  const change = puncture(seeds, 'abcdef012345')
  expect(change?.added.size).toBe(12 * 15)
  expect(puncture(change?.added ?? seeds, 'abcdef012345')).toBeUndefined()
})

test('no two positions have one key', () => {
  const seeds = new Map([['', Buffer.alloc(32)]])
  const keys = new Set<string>()
  for (let at = 0; at < 5000; at++) {
    keys.add(keyAt(seeds, at.toString(16).padStart(12, '0'))?.toString('hex') ?? '')
  }
  expect(keys.size).toBe(5000)
})
