import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { redisOptions } from '../contract/redis-contract.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { seen, wanted } from './compared.ts'
import { rules, tables } from './loaded.ts'
import type { OpenRowStore } from './row-gate.ts'
import { runRow } from './run-row.ts'

// The rows whose counters stand in the store, on Redis too.

const counting = ['rates', 'concurrency', 'attempts per callee', 'budget', 'calendars']

let redis: TestRedis | undefined
beforeAll(async () => {
  redis = await startRedis()
}, 60_000)
afterAll(() => redis?.[Symbol.asyncDispose]())

const open: OpenRowStore = async ({ clock, directory }) => {
  if (!redis) throw new Error('not started')
  await redis.flush()
  const nowUs = () => String(Math.round(clock.now() * 1000))
  return await openRedisStore({ ...redisOptions(redis), clock, directory, nowUs })
}

describe.each(tables.filter(({ subject }) => counting.includes(subject)))(
  'on Redis: $subject',
  ({ given, rows }) => {
    test.each(rows)('$name', async (row) => {
      const came = seen(await runRow(given, row, { rules, open }), row)
      expect(came, JSON.stringify(came)).toEqual(wanted(row.expect))
    })
  },
)
