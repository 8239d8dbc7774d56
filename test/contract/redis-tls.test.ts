import { expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { RedisBanList } from '../../src/store/redis/ban-list.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { testCa } from '../support/certificates.ts'
import { startTlsRedis } from '../support/redis.ts'
import { redisOptions } from './redis-contract.ts'

test('over TLS a server is used whose certificate its CA has issued for its address', async () => {
  const ca = await testCa()
  await using redis = await startTlsRedis(await ca.issue('IP:127.0.0.1'))
  await using store = await openRedisStore({ ...redisOptions(redis), ca: ca.pem })
  const home = { level: 'tenant', id: 't1' } as const
  const claims = [{ kind: 'concurrency', owner: home, slotsMax: 1 }] as const
  const request = { part: 'admission', home, claims, leaseMs: 30_000, whenLost: 'refuse' } as const
  expect(await store.limiter.take({ callId: 'a' as CallId, ...request })).toMatchObject({
    taken: true,
  })
  expect(await store.limiter.take({ callId: 'b' as CallId, ...request })).toMatchObject({
    taken: false,
  })
  await store.board.post('some-topic', 'id', () => 'text')
  expect(store.board.get('some-topic', 'id')).toBe('text')
}, 30_000)

test('the ban list of a drachtio-server is kept over TLS by the same CA', async () => {
  const ca = await testCa()
  await using redis = await startTlsRedis(await ca.issue('IP:127.0.0.1'))
  const { url, timeoutMs, clock, logger } = redisOptions(redis)
  const parts = { url, timeoutMs, clock, logger, key: 'banned' }
  await using bans = await RedisBanList.open({ ...parts, ca: ca.pem })
  bans.ban('192.0.2.1', 60_000)
  expect(await bans.list()).toMatchObject([{ source: '192.0.2.1' }])
  await using strange = await RedisBanList.open({ ...parts, ca: (await testCa()).pem })
  strange.ban('192.0.2.2', 60_000)
  await expect(strange.list()).rejects.toThrow()
}, 30_000)

test.each([
  ['that a stranger has issued', 'IP:127.0.0.1', 'stranger'],
  ['of another address', 'IP:127.0.0.2', 'own'],
] as const)(
  'no word is said to a server with a certificate %s',
  async (_, name, who) => {
    const [ca, stranger] = [await testCa(), await testCa()]
    await using redis = await startTlsRedis(await ca.issue(name))
    const trusted = who === 'own' ? ca : stranger
    await expect(openRedisStore({ ...redisOptions(redis), ca: trusted.pem })).rejects.toMatchObject(
      { code: 'store_unavailable' },
    )
  },
  30_000,
)
