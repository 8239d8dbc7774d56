import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../src/kernel/logger.ts'
import { openView } from '../../src/store/open.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { redisOptions } from '../contract/redis-contract.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let redis: TestRedis
let server: Redis
beforeAll(async () => {
  redis = await startRedis()
  server = new Redis(redis.url.reveal())
}, 60_000)
beforeEach(async () => {
  await memory('0', 'noeviction')
})
afterAll(async () => {
  server.disconnect()
  await redis[Symbol.asyncDispose]()
})

async function memory(max: string, policy: string): Promise<void> {
  await server.config('SET', 'maxmemory-policy', policy)
  await server.config('SET', 'maxmemory', max)
}

test('what is said of a key is kept by a server whose memory is full, by one note or several', async () => {
  await using store = await openRedisStore(redisOptions(redis))
  await memory('1mb', 'noeviction')
  await expect(server.set('more', 'x')).rejects.toThrow(/OOM/)
  await store.board.post('keys', 'k1', () => 'revoked')
  const suspended = { topic: 'keys', id: 'k2', seen: { text: undefined }, text: 'suspended' }
  expect(await store.board.change([suspended])).toBe(true)
  await memory('0', 'noeviction')
  await using other = await openRedisStore(redisOptions(redis))
  expect([other.board.get('keys', 'k1'), other.board.get('keys', 'k2')]).toEqual([
    'revoked',
    'suspended',
  ])
})

test('a server that may throw counters away is named as a gate starts, and to who looks', async () => {
  await memory('100mb', 'allkeys-lru')
  const lines: string[] = []
  const logger = createLogger('warn', { write: (line) => void lines.push(line) })
  {
    await using _store = await openRedisStore({ ...redisOptions(redis), logger })
    await using view = await openView({ ...redisOptions(redis), adapter: 'redis' })
    expect(view.evicts).toEqual(['allkeys-lru'])
  }
  expect(lines.join()).toContain('allkeys-lru')
})

test('one that refuses to keep more, or has memory without bound, is not', async () => {
  for (const [max, policy] of [
    ['100mb', 'noeviction'],
    ['0', 'allkeys-lru'],
  ] as const) {
    await memory(max, policy)
    await using view = await openView({ ...redisOptions(redis), adapter: 'redis' })
    expect(view.evicts).toEqual([])
  }
})
