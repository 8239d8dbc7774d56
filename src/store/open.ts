import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Failure } from '../kernel/failure.ts'
import type { Secret } from '../kernel/secret.ts'
import { createDirectory, type OpenDirectory } from './directory.ts'
import { openLooker } from './embedded/looker.ts'
import { type EmbeddedStoreOptions, openEmbeddedStore, openShared } from './embedded/store.ts'
import type { Limiter, Store } from './port.ts'
import { evictionPolicies } from './redis/eviction.ts'
import {
  openRedisBooks,
  openRedisLooker,
  openRedisStore,
  type RedisStoreOptions,
} from './redis/store.ts'

/** Which adapter, and what it needs. */
export type StoreOptions =
  | ({ readonly adapter: 'embedded' } & EmbeddedStoreOptions)
  | ({ readonly adapter: 'redis' } & RedisStoreOptions)

/** The settings that say it. */
export interface StoreSettings {
  readonly 'store.adapter': 'embedded' | 'redis'
  readonly 'store.path': string
  readonly 'redis.url': Secret | undefined
  readonly 'redis.ca': string | undefined
  readonly 'redis.clusterNodes': readonly string[]
  readonly 'redis.timeoutMs': number
  readonly 'redis.gates': number
}

/** Which adapter the settings name, with what it needs; `around` is what every adapter takes. */
export function storeOptions(
  settings: StoreSettings,
  around: Pick<RedisStoreOptions, 'clock' | 'random' | 'logger' | 'directory'>,
): StoreOptions {
  const { 'redis.url': url } = settings
  if (settings['store.adapter'] === 'embedded') {
    return { ...around, adapter: 'embedded', path: settings['store.path'] }
  }
  if (!url) throw new Failure('config_invalid', 'redis.url is missing')
  return {
    ...around,
    adapter: 'redis',
    url,
    ca: readRedisCa(settings['redis.ca']),
    clusterNodes: settings['redis.clusterNodes'],
    timeoutMs: settings['redis.timeoutMs'],
    gates: settings['redis.gates'],
  }
}

/** The CAs that servers of Redis are trusted by, PEM; undefined: those of the web. */
export function readRedisCa(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    const pem = readFileSync(file, 'utf8')
    // OpenSSL would take a text without any certificate for an empty list.
    new X509Certificate(pem)
    return pem
  } catch (cause) {
    throw new Failure('config_invalid', 'redis.ca: no certificate can be read there', { cause })
  }
}

/** Opens the store that the configuration names; the only place that knows all adapters. */
export function openStore(options: StoreOptions): Promise<Store> {
  switch (options.adapter) {
    case 'embedded':
      return openEmbeddedStore(options)
    case 'redis':
      return openRedisStore(options)
  }
}

/** What several processes share, without the counters of a gate. */
export interface OpenBooks
  extends Pick<Store, 'keys' | 'tenants' | 'board' | 'permissions' | 'directory' | 'redeclare'>,
    AsyncDisposable {}

/** Opens what a gate with these settings shares: for the command line, beside running gates. */
export async function openBooks(options: StoreOptions): Promise<OpenBooks> {
  await using stack = new AsyncDisposableStack()
  const books =
    options.adapter === 'redis' ? await openRedisBooks(options, stack) : openShared(options, stack)
  const open = stack.move()
  const { keys, tenants, board, permissions } = books
  const directory = createDirectory(options.directory, books)
  const { redeclare } = directory
  return {
    keys,
    tenants,
    board,
    permissions,
    directory,
    redeclare,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** What is there to look at, beside running gates. */
export interface OpenView extends Pick<Store, 'permissions' | 'board'>, AsyncDisposable {
  readonly directory: OpenDirectory
  readonly limiter: Pick<Limiter, 'peek' | 'running' | 'spentMicros'>
  /** Kinds of claims that only a running gate can tell of: it has them in its memory. */
  readonly unseen: readonly ('rate' | 'concurrency')[]
  /** By which policies servers may throw away what is counted; empty where none may. */
  readonly evicts: readonly string[]
}

/** Opens what a gate with these settings decides by, to look at it; nothing of it is changed. */
export async function openView(options: StoreOptions): Promise<OpenView> {
  await using stack = new AsyncDisposableStack()
  const { books, limiter, unseen, evicts } =
    options.adapter === 'redis'
      ? await lookAtRedis(options, stack)
      : { ...lookAtFile(options, stack), unseen: ['rate', 'concurrency'] as const, evicts: [] }
  const open = stack.move()
  return {
    limiter,
    unseen,
    evicts,
    directory: createDirectory(options.directory, books),
    board: books.board,
    permissions: books.permissions,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function lookAtRedis(options: RedisStoreOptions, stack: AsyncDisposableStack) {
  const books = await openRedisBooks(options, stack)
  const evicts = await evictionPolicies(books.client)
  return { books, limiter: await openRedisLooker(options, books), unseen: [], evicts }
}

function lookAtFile(options: EmbeddedStoreOptions, stack: AsyncDisposableStack) {
  return { books: openShared(options, stack), limiter: openLooker(options, stack) }
}
