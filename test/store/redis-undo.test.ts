import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { CalleeHash } from '../../src/store/callee-hash.ts'
import type { Claim, Home, TakeRequest } from '../../src/store/port.ts'
import { createRedisClient } from '../../src/store/redis/connect.ts'
import { KeyNames } from '../../src/store/redis/keys.ts'
import { RedisLimiter } from '../../src/store/redis/limiter.ts'
import { Scripts } from '../../src/store/redis/scripts.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { soon } from '../support/soon.ts'

let redis: TestRedis
let limiter: RedisLimiter
let close: () => void
let nowMs = 1_767_600_000_000
beforeAll(async () => {
  redis = await startRedis()
  const address = { url: redis.url, clusterNodes: [], timeoutMs: 5_000 }
  const client = createRedisClient(address, silentLogger)
  await client.connect()
  close = () => client.disconnect()
  limiter = new RedisLimiter({
    scripts: new Scripts(client),
    names: new KeyNames(new CalleeHash(Buffer.alloc(32, 7))),
    nowUs: () => String(nowMs * 1000),
    giveBack: () => Promise.resolve(),
  })
}, 60_000)
afterAll(async () => {
  close()
  await redis[Symbol.asyncDispose]()
})

interface Figures {
  readonly perSecondMax: number
  readonly burst: number
  readonly few: number
}

let calls = 0
let homes = 0

function requestFor(home: Home, { perSecondMax, burst, few }: Figures): TakeRequest {
  const period = { unit: 'day', name: '2026-01-05', endsAtMs: nowMs + 86_400_000 } as const
  const claims: Claim[] = [
    { kind: 'use', owner: home, what: 'token', id: 'x', usesMax: few + 9, endsAtMs: nowMs + 9e6 },
    { kind: 'rate', owner: home, perSecondMax, burst },
    { kind: 'window', owner: home, window: 'minute', callsMax: few + 3 },
    { kind: 'concurrency', owner: home, slotsMax: few + 5 },
    { kind: 'period', owner: home, period, callsMax: few + 7 },
    { kind: 'callee', owner: home, e164: '+13125550188', window: '24h', attemptsMax: few + 6 },
    {
      kind: 'budget',
      owner: home,
      period,
      currency: 'USD',
      capMicros: 10 * few + 83,
      reserveMicros: 10,
    },
  ]
  const fixed = { part: 'admission', leaseMs: 20_000, whenLost: 'refuse' } as const
  return { callId: `call-${calls++}` as CallId, home, claims, ...fixed }
}

const nowhere = { keys: [], sought: { fields: [] } }
const optOut = { tenantId: undefined, e164: '+1', scope: 'all', atMs: 1, source: 'law' } as const

const newHome = (): Home => ({ level: 'tenant', id: `t${homes++}` })

async function take(home: Home, figures: Figures) {
  const { result } = await limiter.takeUnless(
    requestFor(home, figures),
    nowhere,
    Promise.resolve(undefined),
  )
  return result?.taken ? 'taken' : [result?.claim.kind, result?.freesInMs]
}

/** So many at once, all of which everybody's opt-out forbids. */
function undone(home: Home, figures: Figures, count: number) {
  const forbidden = () =>
    limiter.takeUnless(requestFor(home, figures), nowhere, Promise.resolve(optOut))
  return Promise.all(Array.from({ length: count }, forbidden))
}

test('a take that is undone leaves nothing, whatever was taken before, with it and after it', async () => {
  const figures = fc.record({
    perSecondMax: fc.integer({ min: 1, max: 4 }),
    burst: fc.integer({ min: 0, max: 3 }),
    few: fc.integer({ min: 1, max: 4 }),
  })
  const step = fc.record({
    waitMs: fc.constantFrom(0, 0, 1, 90, 300, 999, 1000, 1001, 7_000, 61_000),
    undone: fc.constantFrom(0, 0, 1, 2, 3, 6),
    taken: fc.integer({ min: 0, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(figures, fc.array(step, { maxLength: 12 }), async (of, steps) => {
      const [plain, haunted] = [newHome(), newHome()]
      for (const { waitMs, taken, ...more } of steps) {
        nowMs += waitMs
        for (const { said, result } of await undone(haunted, of, more.undone)) {
          expect([said?.optOut, result]).toEqual([optOut, undefined])
        }
        for (let at = 0; at < taken; at++)
          expect(await take(haunted, of)).toEqual(await take(plain, of))
      }
      const peeked = async (home: Home) =>
        (await limiter.peek(requestFor(home, of))).map(({ freesInMs }) => freesInMs)
      expect(await peeked(haunted)).toEqual(await peeked(plain))
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('both questions are under way at once, and the call is taken until the answer forbids it', async () => {
  const home = newHome()
  const asked = Promise.withResolvers<typeof optOut>()
  const request = requestFor(home, { perSecondMax: 5, burst: 0, few: 4 })
  const decided = limiter.takeUnless(request, nowhere, asked.promise)
  await soon(async () => expect(await limiter.running(home, home)).toBe(1))
  asked.resolve(optOut)
  expect((await decided).result).toBeUndefined()
  expect(await limiter.running(home, home)).toBe(0)
})

test('a call that holds its leases already keeps them, whatever is found when it asks again', async () => {
  const home = newHome()
  const figures = { perSecondMax: 5, burst: 0, few: 4 }
  const request = requestFor(home, figures)
  const first = await limiter.takeUnless(request, nowhere, Promise.resolve(undefined))
  expect(first.result).toMatchObject({ taken: true })
  await limiter.takeUnless(request, nowhere, Promise.resolve(optOut))
  expect(await limiter.running(home, home)).toBe(1)
})

test('where one of both questions has no answer nothing is admitted and nothing is held', async () => {
  const held = [...limiter.live].length
  const home = newHome()
  const asked = Promise.reject(new Error('lost'))
  const request = requestFor(home, { perSecondMax: 5, burst: 0, few: 4 })
  await expect(limiter.takeUnless(request, nowhere, asked)).rejects.toThrow('lost')
  expect([...limiter.live].length).toBe(held)
})
