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
const nowMs = 1_000_000
const key = { id: minted.id, secretHash: minted.secretHash } as Key

test('the right secret proves the key', () => {
  expect(proveKey(secret, key, nowMs)).toBe(true)
})

test('a wrong secret and an unknown key prove nothing', () => {
  expect(proveKey(new Secret(`${secret.reveal().slice(0, -1)}!`), key, nowMs)).toBe(false)
  expect(proveKey(new Secret(''), key, nowMs)).toBe(false)
  expect(proveKey(secret, undefined, nowMs)).toBe(false)
})

test('a key kept with a hash of another length is never proven', () => {
  expect(proveKey(secret, { ...key, secretHash: Buffer.alloc(0) }, nowMs)).toBe(false)
  expect(proveKey(secret, { ...key, secretHash: minted.secretHash.subarray(0, 31) }, nowMs)).toBe(
    false,
  )
})

test('an unknown key costs the same comparison as a wrong secret', () => {
  const compared = vi.mocked(timingSafeEqual)
  compared.mockClear()
  proveKey(secret, undefined, nowMs)
  proveKey(new Secret('wrong'), key, nowMs)
  const lengths = compared.mock.calls.map(([one, other]) => [one.byteLength, other.byteLength])
  expect(lengths).toEqual([
    [32, 32],
    [32, 32],
    [32, 32],
    [32, 32],
  ])
})

test('a replaced secret proves the key until its moment, and not at it', () => {
  const other = mintKey(systemRandom(), 'live')
  const previous = { secretHash: minted.secretHash, validUntilMs: nowMs }
  const rotated = { ...key, secretHash: other.secretHash, previous }
  expect(proveKey(secret, rotated, nowMs - 1)).toBe(true)
  expect(proveKey(secret, rotated, nowMs)).toBe(false)
  const fresh = parseKey(other.text.reveal())?.secret ?? new Secret('')
  expect(proveKey(fresh, rotated, nowMs)).toBe(true)
})

test('a secret that was replaced by a clock of years ahead does not work on for years', () => {
  const other = mintKey(systemRandom(), 'live')
  const previous = { secretHash: minted.secretHash, validUntilMs: nowMs + 10 * 365 * 86_400_000 }
  const rotated = { ...key, secretHash: other.secretHash, previous }
  expect(proveKey(secret, rotated, nowMs)).toBe(false)
  const fresh = parseKey(other.text.reveal())?.secret ?? new Secret('')
  expect(proveKey(fresh, rotated, nowMs)).toBe(true)
})
