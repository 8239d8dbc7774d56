import { expect, test } from 'vitest'
import type { Claim } from '../../src/store/port.ts'
import { bench, key, type OpenLimiter, tenant } from './limiter-bench.ts'

const use = (id: string, usesMax: number, what: 'token' | 'nonce' = 'token'): Claim => ({
  kind: 'use',
  owner: key,
  what,
  id,
  usesMax,
  endsAtMs: 3_600_000,
})
const noSlot: Claim = { kind: 'concurrency', owner: tenant, slotsMax: 0 }

/** What every adapter's limiter keeps to where something may be used so often. */
export function useContract(open: OpenLimiter): void {
  test('of any number at the same moment exactly as many uses are had as there are', async () => {
    await using b = await bench(open)
    const asked = Array.from({ length: 12 }, () => b.take([use('t1', 5)]))
    const taken = (await Promise.all(asked)).filter((result) => result.taken)
    expect(taken.length).toBe(5)
    expect(await b.take([use('t1', 5)])).toMatchObject({
      claim: { id: 't1' },
      freesInMs: undefined,
    })
    expect(await b.taken([use('t2', 1)])).toBe(true)
    expect(await b.taken([use('t1', 1, 'nonce')])).toBe(true)
    expect(await b.taken([use('t1', 1, 'nonce')])).toBe(false)
    expect(await b.taken([use('t3', 0)])).toBe(false)
  })

  test('a use is not had back when the call ends, and not lost where something else is full', async () => {
    await using b = await bench(open)
    for (let tries = 0; tries < 3; tries++) {
      expect(await b.take([use('t1', 2), noSlot])).toMatchObject({ claim: noSlot })
    }
    for (const call of ['one', 'two']) {
      expect(await b.taken([use('t1', 2)], call)).toBe(true)
      await b.release(call)
    }
    expect(await b.taken([use('t1', 2)])).toBe(false)
  })

  test('the same call asking again uses nothing more', async () => {
    await using b = await bench(open)
    for (let tries = 0; tries < 3; tries++) {
      expect(await b.taken([use('t1', 1)], 'same')).toBe(true)
    }
  })
}
