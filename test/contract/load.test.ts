import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded/store.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis.ts'
import { excesses, type LoadReport, type LoadStore, loadFor } from '../support/store-load.ts'
import { redisOptions } from './redis-contract.ts'

/** The lease is long enough for a machine that is busy with other things. */
const load = { seconds: 4, leaseMs: 5_000, tenants: 50, keysPerTenant: 10, clients: 8 }

function heldToLimits(report: LoadReport): void {
  expect(report.admitted).toBeGreaterThan(300)
  expect(report.refused).toBeGreaterThan(100)
  expect(excesses(report)).toEqual([])
}

test('under load no limit of 50 tenants and 500 keys is exceeded by one call', async () => {
  const path = mkdtempSync(join(tmpdir(), 'tollgate-load-'))
  const options = { path: join(path, 'store.sqlite'), clock: systemClock(), random: systemRandom() }
  const nobody = { tenants: [], keys: [], policies: [], carriers: [] }
  await using store = await openEmbeddedStore({ ...options, directory: nobody })
  heldToLimits(await loadFor({ ...load, gates: [{ store }] }))
  rmSync(path, { recursive: true, force: true })
}, 30_000)

test.each([
  ['a redis-server', () => startRedis()],
  ['a Redis Cluster', startRedisCluster],
])(
  'nor by two gates on %s of which one dies, and its slots come back',
  async (_, start) => {
    await using redis = await start()
    await using kept = await gateOn(redis)
    await using dying = await gateOn(redis)
    const report = await loadFor({ ...load, gates: [kept, { ...dying, diesAfterS: 2 }] })
    heldToLimits(report)
    expect(report.lostSlotsAtEnd).toBe(0)
  },
  60_000,
)

async function gateOn(redis: TestRedis): Promise<LoadStore & AsyncDisposable> {
  const store = await openRedisStore(redisOptions(redis))
  return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}
