import { expect, test } from 'vitest'
import type { TenantId } from '../../src/domain/tenant.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { createRedisClient, type RedisClient } from '../../src/store/redis/connect.ts'
import { RedisPermissions } from '../../src/store/redis/permissions.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { permissionContract } from './permission-contract.ts'
import { redisServers } from './redis-servers.ts'

function clientOf({ url, clusterNodes }: TestRedis): RedisClient {
  return createRedisClient({ url, clusterNodes, timeoutMs: 2000 }, silentLogger)
}

const serverOf = redisServers()

for (const [kind, name] of [
  ['alone', 'a redis-server'],
  ['cluster', 'a Redis Cluster'],
] as const) {
  permissionContract(name, async () => {
    const redis = serverOf(kind)
    await redis.flush()
    const stack = new AsyncDisposableStack()
    const open = async () => {
      const client = clientOf(redis)
      stack.defer(() => client.disconnect())
      await client.connect()
      return new RedisPermissions(client)
    }
    const house = { one: await open(), other: await open(), restart: open }
    return { ...house, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  })
}

test('a cursor of no list of its own is told from a server that does not answer', async () => {
  await using redis = await startRedis()
  const client = clientOf(redis)
  await client.connect()
  const permissions = new RedisPermissions(client)
  const listing = permissions.listOptOuts(undefined, { limit: 1, cursor: 'elsewhere' })
  await expect(listing).rejects.toBeInstanceOf(RangeError)
  client.disconnect()
})

test('a server that does not answer is a failure, not a permission', async () => {
  const redis = await startRedis()
  const client = clientOf(redis)
  await client.connect()
  const permissions = new RedisPermissions(client)
  await redis.kill()
  const question = {
    tenantId: 'acme' as TenantId,
    e164: '+1',
    callClass: 'marketing',
    nowMs: 0,
  } as const
  await expect(permissions.findOptOut(question)).rejects.toMatchObject({
    code: 'store_unavailable',
  })
  await expect(permissions.findConsent(question)).rejects.toMatchObject({
    code: 'store_unavailable',
  })
  client.disconnect()
  await redis[Symbol.asyncDispose]()
})
