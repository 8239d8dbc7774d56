import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '../../kernel/logger.ts'
import type { Secret } from '../../kernel/secret.ts'

export interface RedisAddress {
  /** `redis://user:password@host:port/db`, `rediss://` for TLS. */
  readonly url: Secret
  /** The CAs that the servers are trusted by, PEM; undefined: those of the web. */
  readonly ca?: string | undefined
  /** Further nodes of a Redis Cluster, `host:port`; where there is one, the URL's is a node too. */
  readonly clusterNodes: readonly string[]
  /** How long one answer may take. */
  readonly timeoutMs: number
}

export type RedisClient = Redis | Cluster

const reconnectDelayMaxMs = 1_000
/** A connection on which nothing has come for so long is dead: every gate asks twice a second. */
const silenceMaxMs = 5_000
/** How often one command is sent on to another node of a cluster. */
const redirectionsMax = 4
const redirectionDelayMs = 50

/**
 * A client that never waits without a bound and keeps nothing for later: without a connection a command
 * fails at once, with one it fails after `timeoutMs`. It connects again by itself, for ever.
 */
export function createRedisClient(address: RedisAddress, logger: Logger): RedisClient {
  const { timeoutMs, clusterNodes, ca } = address
  const url = new URL(address.url.reveal())
  const common = {
    ...(url.username && { username: decodeURIComponent(url.username) }),
    ...(url.password && { password: decodeURIComponent(url.password) }),
    ...(url.protocol === 'rediss:' && { tls: ca === undefined ? {} : { ca } }),
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A server that says nothing does not close its side either.
    disconnectTimeout: timeoutMs,
    socketTimeout: silenceMaxMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
  } satisfies RedisOptions
  const retryDelay = (attempt: number) => Math.min(reconnectDelayMaxMs, 20 * 2 ** attempt)
  const first = { host: url.hostname, port: Number(url.port || 6379) }
  const client =
    clusterNodes.length === 0
      ? new Redis({
          ...common,
          ...first,
          db: Number(url.pathname.slice(1) || 0),
          lazyConnect: true,
          enableOfflineQueue: false,
          retryStrategy: retryDelay,
        })
      : new Cluster([first, ...clusterNodes.map(hostPort)], {
          lazyConnect: true,
          enableOfflineQueue: false,
          clusterRetryStrategy: retryDelay,
          maxRedirections: redirectionsMax,
          retryDelayOnFailover: redirectionDelayMs,
          retryDelayOnClusterDown: redirectionDelayMs,
          retryDelayOnTryAgain: redirectionDelayMs,
          slotsRefreshTimeout: timeoutMs,
          slotsRefreshInterval: silenceMaxMs,
          redisOptions: common,
        })
  client.on('error', (error: Error) => {
    logger.warn({ cause: error.message }, 'the connection to Redis has failed')
  })
  return client
}

function hostPort(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) }
}
