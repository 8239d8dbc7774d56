import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import type { Claim } from '../../src/store/port.ts'
import { openRedisStore, type RedisStoreOptions } from '../../src/store/redis/store.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import type { TestRedis } from '../support/redis.ts'
import { entriesContract } from './entries-contract.ts'
import { bench, home, key, leaseMs } from './limiter-bench.ts'
import { limiterContract } from './limiter-contract.ts'
import { type OpenNodes, sharedContract } from './shared-contract.ts'

const nobody = { tenants: [], keys: [], policies: [], carriers: [] }

/** What a store on this server is opened with; `clock` is that of its scripts too. */
export function redisOptions(redis: TestRedis, clock?: FakeClock): RedisStoreOptions {
  return {
    url: redis.url,
    clusterNodes: redis.clusterNodes,
    timeoutMs: 2000,
    gates: 2,
    clock: clock ?? systemClock(),
    random: systemRandom(),
    logger: silentLogger,
    directory: nobody,
    ...(clock && { nowUs: () => String(Math.round(clock.now() * 1000)) }),
  }
}

/** Both contracts on a server that is started for them. */
export function redisContract(name: string, start: () => Promise<TestRedis>): void {
  let started: TestRedis | undefined
  beforeAll(async () => {
    started = await start()
  }, 60_000)
  afterAll(() => started?.[Symbol.asyncDispose]())
  const redis = () => {
    if (!started) throw new Error('not started')
    return started
  }

  limiterContract(name, async (clock) => {
    await redis().flush()
    return openRedisStore(redisOptions(redis(), clock))
  })

  test('nothing is counted in days and months by a gate whose clock is far from that of the server', async () => {
    await using b = await bench(async (clock) => {
      await redis().flush()
      return openRedisStore(redisOptions(redis(), clock))
    })
    const daily = (endsAtMs: number): Claim => ({
      kind: 'period',
      owner: key,
      callsMax: 9,
      period: { unit: 'day', name: String(endsAtMs), endsAtMs },
    })
    const dayMs = 86_400_000
    for (const [aheadMs, isTaken] of [
      [12 * 3_600_000, true],
      [30 * dayMs, true],
      [3_650 * dayMs, false],
      [-12 * 3_600_000, true],
      [-2 * dayMs, false],
    ] as const) {
      const taking = b.taken([daily(b.clock.now() + aheadMs)])
      if (isTaken) expect(await taking).toBe(true)
      else await expect(taking).rejects.toMatchObject({ code: 'store_unavailable' })
    }
    const claims = [daily(b.clock.now() + 3_650 * dayMs)]
    const taking = b.limiter.take({
      callId: 'alone' as CallId,
      part: 'admission',
      home,
      claims,
      leaseMs,
      whenLost: 'local',
    })
    await expect(taking).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await b.running(key)).toBe(0)
  })

  const openNodes: OpenNodes = async (clock, keys) => {
    await redis().flush()
    const options = { ...redisOptions(redis(), clock), directory: { ...nobody, keys } }
    const stack = new AsyncDisposableStack()
    let one = await openRedisStore(options)
    stack.defer(() => one[Symbol.asyncDispose]())
    const restart = async () => {
      await one[Symbol.asyncDispose]()
      one = await openRedisStore(options)
      return one
    }
    const other = stack.use(await openRedisStore(options))
    return { one, other, restart, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  }

  sharedContract(name, openNodes)
  entriesContract(name, openNodes)
}
