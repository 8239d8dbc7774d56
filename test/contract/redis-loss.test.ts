import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { Secret } from '../../src/kernel/secret.ts'
import type { Claim, Store, TakeRequest } from '../../src/store/port.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { soon } from '../support/soon.ts'
import { redisOptions } from './redis-contract.ts'

const timeoutMs = 300
const home = { level: 'tenant', id: 't1' } as const
const owner = { level: 'key', id: 'k1' } as const
const slots = (slotsMax: number): Claim => ({ kind: 'concurrency', owner, slotsMax })
const budget = (capMicros: number): Claim => ({
  kind: 'budget',
  owner,
  period: { unit: 'day', name: '2026-01-05', endsAtMs: Date.now() + 86_400_000 },
  currency: 'USD',
  capMicros,
  reserveMicros: 10,
})

let redis: TestRedis
let stores: Store[] = []
beforeEach(async () => {
  redis = await startRedis({ appendOnly: true })
})
afterEach(async () => {
  for (const store of stores) await store[Symbol.asyncDispose]()
  stores = []
  await redis[Symbol.asyncDispose]()
})

async function open(): Promise<Store> {
  const store = await openRedisStore({ ...redisOptions(redis), timeoutMs })
  stores.push(store)
  return store
}

function request(id: string, claims: readonly Claim[], changed: Partial<TakeRequest> = {}) {
  return {
    callId: id as CallId,
    part: 'admission',
    home,
    claims,
    leaseMs: 30_000,
    whenLost: 'refuse',
    ...changed,
  } as const
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  await soon(async () => expect(await holds()).toBe(true))
}

/** Fails as it must, and in a time that a caller may be kept waiting. */
async function failsSoon(asked: Promise<unknown>): Promise<void> {
  const beganMs = performance.now()
  await expect(asked).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(performance.now() - beganMs).toBeLessThan(5 * timeoutMs)
}

test('without a server no call is taken, at once, and with it again calls are', async () => {
  const { limiter } = await open()
  await redis.kill()
  await failsSoon(limiter.take(request('a', [slots(1)])))
  await failsSoon(limiter.take(request('b', [])))
  await failsSoon(limiter.running(home, owner))
  await redis.restart()
  await eventually(async () => (await limiter.take(request('c', [slots(1)]))).taken)
})

test('a server that says nothing makes nobody wait without end, and is asked again when it speaks', async () => {
  const { limiter, keys } = await open()
  redis.pause()
  await failsSoon(limiter.take(request('a', [slots(1)])))
  await failsSoon(limiter.take(request('b', [slots(1)])))
  await failsSoon(keys.lastUsedAtMs('k1' as never))
  redis.continue()
  // What the server took after we had given up waiting is given back too.
  await eventually(async () => (await limiter.take(request('c', [slots(1)]))).taken)
})

test('no lease is lost with the connection, and what ended meanwhile is given back', async () => {
  const { limiter } = await open()
  const claims = [slots(3), budget(30)]
  const taken = await Promise.all(['a', 'b', 'c'].map((id) => limiter.take(request(id, claims))))
  const leases = taken.map((result) => {
    if (!result.taken) throw new Error('refused')
    return result.leases
  })
  await redis.kill()
  if (leases[0]) await limiter.release(leases[0], 4)
  if (leases[1]) await leases[1][Symbol.asyncDispose]()
  await redis.restart()
  await eventually(async () => (await limiter.running(home, owner)) === 1)
  const spent = () => limiter.spentMicros(home, budget(0) as Extract<Claim, { kind: 'budget' }>)
  await eventually(async () => (await spent()) === 14)
  await limiter.renew(leases, 30_000)
  expect(await limiter.running(home, owner)).toBe(1)
})

test('a server that has forgotten everything is told of the running calls before it admits any', async () => {
  const { limiter } = await open()
  const claims = [slots(2), budget(20)]
  for (const id of ['a', 'b'])
    expect(await limiter.take(request(id, claims))).toMatchObject({ taken: true })
  await redis.flush()
  await redis.kill()
  await redis.restart()
  await eventually(async () => {
    const result = await limiter.take(request('c', claims))
    expect(result.taken).toBe(false)
    return true
  })
  expect(await limiter.running(home, owner)).toBe(2)
})

test('by the policy each gate has its part while the server is lost, and all is counted when it is back', async () => {
  const one = await open()
  const other = await open()
  const local = { whenLost: 'local' } as const
  expect(await one.limiter.take(request('before', [slots(6)], local))).toMatchObject({
    taken: true,
  })
  await redis.kill()
  const takes = []
  for (const id of ['a', 'b', 'c', 'd'])
    takes.push(await one.limiter.take(request(id, [slots(6)], local)))
  expect(takes.map(({ taken }) => taken)).toEqual([true, true, false, false])
  expect(takes[2]).toMatchObject({ claim: slots(6) })
  const held = []
  for (const id of ['e', 'f', 'g']) {
    const result = await other.limiter.take(request(id, [slots(6), budget(60)], local))
    if (!result.taken) throw new Error('refused')
    held.push(result.leases)
  }
  const [goesOn, , ends] = held
  if (ends) await other.limiter.release(ends, 7)
  if (goesOn) expect(await other.limiter.extend(goesOn, 3)).toEqual({ taken: true })
  await failsSoon(one.limiter.take(request('h', [slots(6)])))
  await redis.restart()
  await eventually(async () => (await one.limiter.running(home, owner)) === 5)
  const spent = () => one.limiter.spentMicros(home, budget(0) as Extract<Claim, { kind: 'budget' }>)
  await eventually(async () => (await spent()) === 30)
  const [first] = takes
  if (first?.taken) await one.limiter.release(first.leases)
  expect(await one.limiter.running(home, owner)).toBe(4)
})

test('the slots of a gate that died are free when its leases end, and not before', async () => {
  const one = await open()
  const other = await open()
  const short = { leaseMs: 1_000 }
  expect(await one.limiter.take(request('a', [slots(1)], short))).toMatchObject({ taken: true })
  const beganMs = performance.now()
  expect(await other.limiter.take(request('b', [slots(1)], short))).toMatchObject({ taken: false })
  await eventually(async () => (await other.limiter.take(request('b', [slots(1)], short))).taken)
  expect(performance.now() - beganMs).toBeGreaterThan(900)
})

test('no password reaches a log or an error, and no server is no start', async () => {
  const lines: string[] = []
  const say = (figures: object, sentence: string) => lines.push(JSON.stringify(figures) + sentence)
  const logger = { ...silentLogger, warn: say, error: say, debug: say }
  const url = new Secret(redis.url.reveal().replace('127', 'user:hunter2@127'))
  const options = { ...redisOptions(redis), timeoutMs, logger, url }
  const error = await openRedisStore(options).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ code: 'store_unavailable' })
  expect(String(error) + JSON.stringify(error) + lines.join()).not.toContain('hunter2')
})
