import { timingSafeEqual } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type { Key } from '../../src/domain/key.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { mintKey, parseKey } from '../../src/keys/format.ts'
import { proveKey } from '../../src/keys/prove.ts'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) }
})

const minted = mintKey(systemRandom(), 'live')
const secret = parseKey(minted.text.reveal())?.secret ?? new Secret('')
const key = { id: minted.id, secretHash: minted.secretHash } as Key

test('the right secret proves the key', () => {
  expect(proveKey(secret, key)).toBe(true)
})

test('a wrong secret and an unknown key prove nothing', () => {
  expect(proveKey(new Secret(`${secret.reveal().slice(0, -1)}!`), key)).toBe(false)
  expect(proveKey(new Secret(''), key)).toBe(false)
  expect(proveKey(secret, undefined)).toBe(false)
})

test('a key kept with a hash of another length is never proven', () => {
  expect(proveKey(secret, { ...key, secretHash: Buffer.alloc(0) })).toBe(false)
  expect(proveKey(secret, { ...key, secretHash: minted.secretHash.subarray(0, 31) })).toBe(false)
})

test('an unknown key costs the same comparison as a wrong secret', () => {
  const compared = vi.mocked(timingSafeEqual)
  compared.mockClear()
  proveKey(secret, undefined)
  proveKey(new Secret('wrong'), key)
  const lengths = compared.mock.calls.map(([one, other]) => [one.byteLength, other.byteLength])
  expect(lengths).toEqual([
    [32, 32],
    [32, 32],
  ])
})
