import { expect, test } from 'vitest'
import type { CallToken } from '../../src/domain/call-token.ts'
import { TokenUses } from '../../src/keys/token-uses.ts'

const token = (id: string, callsMax?: number) => ({ id, callsMax, expiresAtMs: 100 }) as CallToken

test('a token without a number of calls is good for any, and costs no memory', () => {
  const uses = new TokenUses()
  expect([uses.use(token('a'), 0), uses.use(token('a'), 0), uses.size]).toEqual([true, true, 0])
})

test('a token for no calls is good for none', () => {
  expect(new TokenUses().use(token('a', 0), 0)).toBe(false)
})

test('while the table is full no further token is taken, and expired ones make room', () => {
  const uses = new TokenUses(2)
  expect(uses.use(token('a', 1), 0) && uses.use(token('b', 1), 0)).toBe(true)
  expect(uses.use(token('c', 1), 99)).toBe(false)
  expect(uses.use(token('c', 1), 100)).toBe(true)
  expect(uses.size).toBe(1)
})
