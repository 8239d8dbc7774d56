import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { Nonces, nonceLifeMs } from '../../src/keys/nonces.ts'
import { FakeClock } from '../support/fake-clock.ts'

const random = systemRandom()
const key = random.bytes(32)

function world(noncesMax?: number) {
  const clock = new FakeClock()
  const nonces = new Nonces({ key, clock, random, ...(noncesMax ? { noncesMax } : {}) })
  return { clock, nonces }
}

const hex = (count: number) => count.toString(16).padStart(8, '0')

test('a nonce is good once for each count', () => {
  const { nonces } = world()
  const nonce = nonces.issue()
  expect(nonces.use(nonce, hex(1))).toBeUndefined()
  expect(nonces.use(nonce, hex(1))).toBe('nonce_replayed')
  expect(nonces.use(nonce, hex(2))).toBeUndefined()
  expect(nonces.use(nonce, hex(0))).toBe('nonce_replayed')
})

test('whatever counts come in whatever order, none is taken twice', () => {
  const counts = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  )
  fc.assert(
    fc.property(counts, (tried) => {
      const { nonces } = world()
      const nonce = nonces.issue()
      const taken = tried.filter((count) => nonces.use(nonce, hex(count)) === undefined)
      expect(new Set(taken).size).toBe(taken.length)
      expect(taken).not.toContain(0)
      if (tried[0]) expect(taken[0]).toBe(tried[0])
    }),
  )
})

test('counts may come out of order within the window', () => {
  const { nonces } = world()
  const nonce = nonces.issue()
  expect(nonces.use(nonce, hex(64))).toBeUndefined()
  expect(nonces.use(nonce, hex(1))).toBeUndefined()
  expect(nonces.use(nonce, hex(65))).toBeUndefined()
  expect(nonces.use(nonce, hex(1))).toBe('nonce_replayed')
})

test('a nonce is stale after its life, and one of a stranger always', () => {
  const { clock, nonces } = world()
  const nonce = nonces.issue()
  clock.advance(nonceLifeMs)
  expect(nonces.use(nonce, hex(1))).toBeUndefined()
  clock.advance(1)
  expect(nonces.use(nonce, hex(2))).toBe('nonce_expired')
  const stranger = new Nonces({ key: random.bytes(32), clock, random })
  expect(nonces.use(stranger.issue(), hex(1))).toBe('nonce_foreign')
})

test('gates with one key take each other’s nonces', () => {
  const { clock, nonces } = world()
  const other = new Nonces({ key, clock, random })
  expect(other.use(nonces.issue(), hex(1))).toBeUndefined()
})

test('no touched nonce is ours', () => {
  const { nonces } = world()
  const nonce = nonces.issue()
  for (let at = 0; at < nonce.length; at++) {
    const other = nonce[at] === 'A' ? 'B' : 'A'
    const touched = nonce.slice(0, at) + other + nonce.slice(at + 1)
    expect(nonces.use(touched, hex(1))).toBe('nonce_foreign')
  }
  for (const text of ['', `${nonce}=`, `${nonce.slice(0, -1)} `]) {
    expect(nonces.use(text, hex(1))).toBe('nonce_foreign')
  }
})

test('what is forgotten for want of room is stale, so that it is never good again', () => {
  const { clock, nonces } = world(3)
  const issued = [1, 2, 3, 4, 5].map(() => {
    clock.advance(1)
    return nonces.issue()
  })
  for (const nonce of issued) expect(nonces.use(nonce, hex(1))).toBeUndefined()
  expect(nonces.size).toBe(3)
  for (const nonce of issued) expect(nonces.use(nonce, hex(1))).not.toBeUndefined()
})

test('a nonce that is used in the last moment of its life is not forgotten before it ends', () => {
  const { clock, nonces } = world()
  const old = nonces.issue()
  expect(nonces.use(old, hex(1))).toBeUndefined()
  clock.advance(nonceLifeMs)
  expect(nonces.use(nonces.issue(), hex(1))).toBeUndefined()
  expect(nonces.use(old, hex(1))).toBe('nonce_replayed')
  clock.advance(1)
  expect(nonces.use(nonces.issue(), hex(1))).toBeUndefined()
  expect(nonces.size).toBe(2)
})

test('challenges alone cost no memory', () => {
  const { nonces } = world()
  for (let count = 0; count < 1000; count++) nonces.issue()
  expect(nonces.size).toBe(0)
})

const yearMs = 365 * 86_400_000

test('a nonce that was answered is not good again when the clock comes back from a jump ahead', () => {
  const { clock, nonces } = world()
  const nonce = nonces.issue()
  expect(nonces.use(nonce, hex(1))).toBeUndefined()
  clock.setWallBy(10 * yearMs)
  expect(nonces.use(nonce, hex(2))).toBe('nonce_expired')
  expect(nonces.use(nonces.issue(), hex(1))).toBeUndefined()
  clock.setWallBy(-10 * yearMs)
  expect(nonces.use(nonce, hex(1))).toBe('nonce_expired')
  clock.advance(1)
  expect(nonces.use(nonces.issue(), hex(1))).toBeUndefined()
})

test('nonces of a clock that was years ahead do not make those of now stale', () => {
  const { clock, nonces } = world(4)
  clock.setWallBy(10 * yearMs)
  for (let nth = 0; nth < 4; nth++) nonces.use(nonces.issue(), hex(1))
  clock.setWallBy(-10 * yearMs)
  for (let nth = 0; nth < 3; nth++) expect(nonces.use(nonces.issue(), hex(1))).toBeUndefined()
})
