import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../src/kernel/logger.ts'
import { RedisBanList } from '../../src/store/redis/ban-list.ts'
import { Scripts } from '../../src/store/redis/scripts.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startRedis } from '../support/redis.ts'

const key = 'banned'

async function open() {
  const redis = await startRedis()
  onTestFinished(() => redis[Symbol.asyncDispose]())
  const clock = new FakeClock()
  const parts = { url: redis.url, key, timeoutMs: 500, clock, logger: createLogger('silent') }
  const another = async () => {
    const list = await RedisBanList.open(parts)
    onTestFinished(() => list[Symbol.asyncDispose]())
    return list
  }
  const server = new Redis(redis.url.reveal())
  server.on('error', () => undefined)
  onTestFinished(() => server.disconnect())
  return {
    redis,
    clock,
    server,
    bans: await another(),
    another,
    /** What drachtio-server would read. */
    members: async () => (await server.smembers(key)).sort(),
  }
}

test('drachtio-server finds banned addresses in the set, in its own spelling', async () => {
  const { bans, clock, members } = await open()
  const untilMs = clock.now() + 60_000
  bans.ban('192.0.2.1', 60_000)
  bans.ban('[2001:DB8:0:0::1]', 60_000)
  bans.ban('::ffff:192.0.2.2', 60_000)
  bans.ban('no address', 60_000)
  bans.ban('192.0.2.3', 0)
  expect(await bans.list()).toEqual([
    { source: '192.0.2.1', untilMs },
    { source: '192.0.2.2', untilMs },
    { source: '2001:db8::1', untilMs },
  ])
  expect(await members()).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1'])
  bans.unban('2001:db8:0::1')
  await bans.list()
  expect(await members()).toEqual(['192.0.2.1', '192.0.2.2'])
})

test('a ban is out of the set when it is over, also when a gate that gave it is gone', async () => {
  const { bans, clock, another, members } = await open()
  const other = await another()
  const nowMs = clock.now()
  bans.ban('192.0.2.1', 10_000)
  bans.ban('192.0.2.2', 10_000)
  await bans.list()
  other.ban('192.0.2.2', 60_000)
  await other.list()
  await bans[Symbol.asyncDispose]()
  clock.advance(12_000)
  expect(await other.list()).toEqual([{ source: '192.0.2.2', untilMs: nowMs + 60_000 }])
  expect(await members()).toEqual(['192.0.2.2'])
})

test('a ban that was given by a clock of years ahead ends when it is right', async () => {
  const { bans, clock, members } = await open()
  clock.setWallBy(10 * 365 * 86_400_000)
  bans.ban('192.0.2.1', 60_000)
  await bans.list()
  clock.setWallBy(-10 * 365 * 86_400_000)
  bans.ban('192.0.2.2', 86_400_000)
  await bans.list()
  expect(await members()).toEqual(['192.0.2.2'])
})

test('the set has a bound: what ends soonest goes first', async () => {
  const { server } = await open()
  const scripts = new Scripts(server)
  const ban = (address: string, untilMs: number) =>
    scripts.run('banned', [key, `${key}:until`], [0, 2, address, untilMs])
  await ban('192.0.2.1', 3_000)
  await ban('192.0.2.2', 1_000)
  expect((await server.smembers(key)).sort()).toEqual(['192.0.2.1', '192.0.2.2'])
  await ban('192.0.2.3', 2_000)
  expect((await server.smembers(key)).sort()).toEqual(['192.0.2.1', '192.0.2.3'])
  expect(await server.zcard(`${key}:until`)).toBe(2)
})

test('while Redis is lost a ban is lost and nothing else; when it is back bans are kept again', async () => {
  const { redis, bans } = await open()
  await redis.kill()
  bans.ban('192.0.2.1', 60_000)
  await expect(bans.list()).rejects.toThrow()
  await redis.restart()
  await expect
    .poll(
      async () => {
        bans.ban('192.0.2.2', 60_000)
        const list = await bans.list().catch(() => [])
        return list.map(({ source }) => source)
      },
      { timeout: 10_000 },
    )
    .toEqual(['192.0.2.2'])
})
