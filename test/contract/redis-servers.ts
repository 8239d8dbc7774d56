import { afterAll, beforeAll } from 'vitest'
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis.ts'

/** A redis-server alone, or a Redis Cluster. */
export type RedisKind = 'alone' | 'cluster'

/** Has one of each kind run while the tests of a file do, to be asked for by its kind. */
export function redisServers(): (kind: RedisKind) => TestRedis {
  const servers: Partial<Record<RedisKind, TestRedis>> = {}
  beforeAll(async () => {
    servers.alone = await startRedis()
    servers.cluster = await startRedisCluster()
  }, 120_000)
  afterAll(async () => {
    await servers.alone?.[Symbol.asyncDispose]()
    await servers.cluster?.[Symbol.asyncDispose]()
  })
  return (kind) => {
    const server = servers[kind]
    if (!server) throw new Error('not started')
    return server
  }
}
