import { isIP } from 'node:net'
import type { Ban, BanList } from '../../domain/ban-list.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Secret } from '../../kernel/secret.ts'
import { createRedisClient, type RedisClient } from './connect.ts'
import { Scripts } from './scripts.ts'

/** Most addresses in the set; beyond it the one that ends first makes room. */
const redisBansMax = 65_536

/** What waits for Redis at once; a ban beyond it is lost. */
const waitingMax = 1_000

/** How often bans that are over are taken out; also what keeps the connection from looking dead. */
const sweepPeriodMs = 2_000

const mapped = /^::ffff:(?=\d+\.)/i

export interface RedisBanListParts {
  /** A single server: drachtio-server reads no cluster, and database 0 alone. */
  readonly url: Secret
  /** The CAs that its server is trusted by over TLS, PEM; undefined: those of the web. */
  readonly ca?: string | undefined
  /** The set that drachtio-server's `<blacklist>` names as its `redis-key`. */
  readonly key: string
  readonly timeoutMs: number
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Keeps the Redis set that drachtio-server's `<blacklist>` reads. It compares addresses as text, so an
 * address of IPv6 is banned itself and not its /64. A ban that Redis does not take is lost, and logged.
 */
export class RedisBanList implements BanList, AsyncDisposable {
  readonly #parts: RedisBanListParts
  readonly #client: RedisClient
  readonly #scripts: Scripts
  readonly #sweeping: { cancel(): void }
  /** What has been asked of Redis and is not answered. */
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #lost = false

  private constructor(parts: RedisBanListParts) {
    this.#parts = parts
    this.#client = createRedisClient({ ...parts, clusterNodes: [] }, parts.logger)
    this.#scripts = new Scripts(this.#client)
    this.#sweeping = parts.clock.every(sweepPeriodMs, () => this.#sweep())
  }

  /** Connects; where there is no Redis yet, it goes on trying. */
  static async open(parts: RedisBanListParts): Promise<RedisBanList> {
    const list = new RedisBanList(parts)
    await list.#try(() => list.#client.connect())
    list.#sweep()
    return list
  }

  ban(source: string, forMs: number): void {
    const address = plain(source)
    if (address === undefined || !(forMs > 0)) return
    const untilMs = this.#parts.clock.now() + forMs
    this.#ask(() => this.#run(address, untilMs))
  }

  unban(source: string): void {
    const address = plain(source)
    if (address === undefined) return
    const { key } = this.#parts
    this.#ask(() => this.#client.multi().srem(key, address).zrem(this.#ends, address).exec())
  }

  /** Rejects where Redis does not answer. */
  async list(): Promise<readonly Ban[]> {
    await this.#last
    const after = `(${this.#parts.clock.now()}`
    const found = await this.#client.zrangebyscore(this.#ends, after, '+inf', 'WITHSCORES')
    const bans: Ban[] = []
    for (let at = 0; at + 1 < found.length; at += 2) {
      bans.push({ source: found[at] ?? '', untilMs: Number(found[at + 1]) })
    }
    return bans
  }

  /** What is in the set stays there: drachtio-server reads it when it starts, also without a gate. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#sweeping.cancel()
    await this.#last
    this.#client.disconnect()
  }

  get #ends(): string {
    return `${this.#parts.key}:until`
  }

  #sweep(): void {
    this.#ask(() => this.#run())
  }

  #run(...ban: [address: string, untilMs: number] | []): Promise<unknown> {
    const { key, clock } = this.#parts
    return this.#scripts.run('banned', [key, this.#ends], [clock.now(), redisBansMax, ...ban])
  }

  #ask(what: () => Promise<unknown>): void {
    if (this.#waiting >= waitingMax) return
    this.#waiting += 1
    this.#last = this.#last.then(async () => {
      await this.#try(what)
      this.#waiting -= 1
    })
  }

  async #try(what: () => Promise<unknown>): Promise<void> {
    try {
      await what()
      this.#lost = false
    } catch (cause) {
      if (!this.#lost) {
        this.#parts.logger.error(
          { cause: String(cause) },
          'the ban list in Redis cannot be reached',
        )
      }
      this.#lost = true
    }
  }
}

/** The address as drachtio-server writes it, or undefined for what is none. */
function plain(source: string): string | undefined {
  const bare = source.replace(/^\[(.*)\]$/, '$1').replace(mapped, '')
  const family = isIP(bare)
  if (family === 4) return bare
  if (family !== 6 || bare.includes('%')) return undefined
  // The host of a URL has the form of RFC 5952, as inet_ntop has.
  return new URL(`http://[${bare}]`).hostname.slice(1, -1)
}
