import type { SettingValues } from '../config/settings.ts'
import type { BanList } from '../domain/ban-list.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { readRedisCa } from '../store/open.ts'
import { RedisBanList } from '../store/redis/ban-list.ts'

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly logger: Logger
  readonly stack: AsyncDisposableStack
}

/** The ban list of the engine in use: its own, or the one in Redis that a drachtio-server reads. */
export async function openBans(
  { values, clock, logger, stack }: Around,
  embedded: BanList | undefined,
): Promise<BanList | undefined> {
  const url = values['engine.banListRedis.url']
  if (embedded || !url) return embedded
  const timeoutMs = values['redis.timeoutMs']
  const key = values['engine.banListRedis.key']
  const ca = readRedisCa(values['redis.ca'])
  return stack.use(await RedisBanList.open({ url, ca, key, timeoutMs, clock, logger }))
}
