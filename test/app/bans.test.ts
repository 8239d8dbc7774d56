import { expect, test } from 'vitest'
import { openBans } from '../../src/app/bans.ts'
import { readSettings } from '../../src/config/load.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startRedis } from '../support/redis.ts'

test('bans go to the embedded engine, else to the Redis that drachtio-server reads, where there is one', async () => {
  await using redis = await startRedis()
  await using stack = new AsyncDisposableStack()
  const clock = new FakeClock()
  const around = (environment: Record<string, string>) => {
    const read = readSettings({ text: '', environment })
    if (!read.ok) throw new Error('refused')
    return { values: read.settings.values, clock, logger: createLogger('silent'), stack }
  }
  const withRedis = around({ TOLLGATE_ENGINE_BAN_LIST_REDIS_URL: redis.url.reveal() })
  const own = { ban: () => undefined, unban: () => undefined, list: async () => [] }
  expect(await openBans(withRedis, own)).toBe(own)
  expect(await openBans(around({}), undefined)).toBeUndefined()
  const bans = await openBans(withRedis, undefined)
  const untilMs = clock.now() + 1_000
  bans?.ban('192.0.2.1', 1_000)
  expect(await bans?.list()).toEqual([{ source: '192.0.2.1', untilMs }])
})
