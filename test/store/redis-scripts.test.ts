import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { callTokenLifeMaxMs } from '../../src/domain/call-token.ts'
import type { Store } from '../../src/store/port.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { redisOptions } from '../contract/redis-contract.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let redis: TestRedis
let store: Store
let server: Redis
beforeAll(async () => {
  redis = await startRedis()
  store = await openRedisStore(redisOptions(redis))
  server = new Redis(redis.url.reveal())
}, 60_000)
afterAll(async () => {
  server.disconnect()
  await store[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const home = { level: 'tenant', id: 't1' } as const
const day = { unit: 'day', name: '2026-01-05', endsAtMs: Date.now() + 1_000 } as const
const budget = { kind: 'budget', owner: home, period: day, currency: 'USD' } as const

function taking(callId: string) {
  return store.limiter.take({
    callId: callId as CallId,
    part: 'admission',
    home,
    leaseMs: 30_000,
    whenLost: 'refuse',
    claims: [
      { kind: 'concurrency', owner: home, slotsMax: 1000 },
      { ...budget, capMicros: 1000, reserveMicros: 10 },
    ],
  })
}

test('a server that has forgotten the scripts is given them again, and nothing is counted twice', async () => {
  await taking('one')
  await server.script('FLUSH')
  expect(await taking('two')).toMatchObject({ taken: true })
  expect(await store.limiter.running(home, home)).toBe(2)
})

test('letters of any alphabet reach a script whole', async () => {
  const text = 'Straße, 東京, 🚪\r\n$5\r\nhello'
  await store.board.post('some-topic', 'id', () => text)
  await using other = await openRedisStore(redisOptions(redis))
  expect(other.board.get('some-topic', 'id')).toBe(text)
})

test('money that is reserved after its sum is gone does not stay for ever', async () => {
  const taken = await taking('long')
  if (!taken.taken) throw new Error('refused')
  const key = 'tollgate:{t1}:spent:tenant:t1:USD:2026-01-05'
  expect(await server.del(key)).toBe(1)
  expect(await store.limiter.extend(taken.leases, 5)).toEqual({ taken: true })
  expect(await server.pttl(key)).toBeGreaterThan(86_400_000)
})

test('what is counted in a month is kept until the month is over, whatever takes it', async () => {
  const monthMs = 31 * 86_400_000
  const period = { unit: 'month', name: '2026-02', endsAtMs: Date.now() + monthMs } as const
  const owner = { level: 'key', id: 'k2' } as const
  const spent = { ...budget, owner, period, capMicros: 1000, reserveMicros: 10 }
  const taken = await store.limiter.take({
    callId: 'month' as CallId,
    part: 'admission',
    home,
    leaseMs: 30_000,
    whenLost: 'refuse',
    claims: [
      { kind: 'use', owner, what: 'token', id: 'y', usesMax: 2, endsAtMs: period.endsAtMs },
      { kind: 'period', owner, period, callsMax: 2 },
      spent,
    ],
  })
  if (!taken.taken) throw new Error('refused')
  const kept = async () => {
    const keys = await server.keys('tollgate:{t1}:*k2*')
    expect(keys).toHaveLength(3)
    for (const key of keys) {
      expect([key, (await server.pttl(key)) > monthMs - 60_000]).toEqual([key, true])
    }
    return keys
  }
  const sum = (await kept()).find((key) => key.includes(':spent:')) ?? ''
  await server.del(sum)
  await store.limiter.extend(taken.leases, 5)
  await kept()
})

test('that a token is used up is known for as long as any lives, however far ahead the server is', async () => {
  const owner = { level: 'key', id: 'k3' } as const
  const endsAtMs = Date.now() - 7_200_000
  await store.limiter.take({
    callId: 'token' as CallId,
    part: 'admission',
    home,
    leaseMs: 30_000,
    whenLost: 'refuse',
    claims: [{ kind: 'use', owner, what: 'token', id: 'z', usesMax: 1, endsAtMs }],
  })
  const [key = ''] = await server.keys('tollgate:{t1}:*k3*')
  expect(await server.pttl(key)).toBeGreaterThan(callTokenLifeMaxMs)
})

test('whatever is counted for a call is forgotten some day', async () => {
  const owner = { level: 'key', id: 'k1' } as const
  await store.limiter.take({
    callId: 'all' as CallId,
    part: 'admission',
    home,
    leaseMs: 30_000,
    whenLost: 'refuse',
    claims: [
      { kind: 'use', owner, what: 'token', id: 'x', usesMax: 2, endsAtMs: day.endsAtMs },
      { kind: 'rate', owner, perSecondMax: 2, burst: 0 },
      { kind: 'window', owner, window: 'minute', callsMax: 2 },
      { kind: 'concurrency', owner, slotsMax: 2 },
      { kind: 'period', owner, period: day, callsMax: 2 },
      { kind: 'callee', owner, e164: '+13125550188', window: '24h', attemptsMax: 2 },
      { ...budget, owner, capMicros: 10, reserveMicros: 0 },
    ],
  })
  const keys = await server.keys('tollgate:{t1}:*')
  expect(keys.length).toBeGreaterThan(8)
  for (const key of keys) expect([key, (await server.pttl(key)) > 0]).toEqual([key, true])
})
