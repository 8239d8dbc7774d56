import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Random } from '../../kernel/random.ts'
import { CalleeHash, calleeKeyBytes } from '../callee-hash.ts'
import { createDirectory, type DirectoryEntries } from '../directory.ts'
import { openKeyBook } from '../key-book.ts'
import type { Store } from '../port.ts'
import { openTenantBook } from '../tenant-book.ts'
import { RedisBoard } from './board.ts'
import { createRedisClient, type RedisAddress, type RedisClient } from './connect.ts'
import { RedisCounts } from './counts.ts'
import { evictionPolicies } from './eviction.ts'
import { RedisKeyUses } from './key-uses.ts'
import { KeyNames } from './keys.ts'
import { OutlastingLimiter } from './outlasting-limiter.ts'
import { RedisPermissions } from './permissions.ts'
import { lost, Scripts } from './scripts.ts'

export interface RedisStoreOptions extends RedisAddress {
  /** How many gates share the limits: while the server is lost each may use its part of them. */
  readonly gates: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly directory: DirectoryEntries
  /** Now in microseconds, where a test has its own clock; else the server's clock counts. */
  readonly nowUs?: () => string
}

const calleeKeyName = 'tollgate:{board}:callee-key'

/** The store of several gates: everything that is counted stands on a Redis server or cluster. */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  await using stack = new AsyncDisposableStack()
  const books = await openRedisBooks(options, stack)
  const { client, keys, tenants, board, permissions } = books
  await warnOfEviction(client, options.logger)
  const names = new KeyNames(new CalleeHash(await calleeKey(client, options.random)))
  const nowUs = options.nowUs ?? (() => '')
  const limiter = stack.use(new OutlastingLimiter({ ...options, ...books, names, nowUs }))
  const directory = createDirectory(options.directory, { keys, tenants })
  const running = stack.move()
  return {
    directory,
    redeclare: directory.redeclare,
    keys,
    tenants,
    board,
    permissions,
    limiter,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Looks at what is counted; where no gate has ever started nothing is. */
export async function openRedisLooker(
  { random, nowUs = () => '' }: Pick<RedisStoreOptions, 'random' | 'nowUs'>,
  { client, scripts }: Pick<Awaited<ReturnType<typeof openRedisBooks>>, 'client' | 'scripts'>,
): Promise<RedisCounts> {
  try {
    const known = await client.get(calleeKeyName)
    const key = known === null ? random.bytes(calleeKeyBytes) : Buffer.from(known, 'hex')
    const names = new KeyNames(new CalleeHash(key))
    return new RedisCounts({ scripts, names, nowUs })
  } catch (cause) {
    throw lost(cause)
  }
}

/** What several processes share; closed with the stack. */
export async function openRedisBooks(options: RedisStoreOptions, stack: AsyncDisposableStack) {
  const { clock, logger, directory } = options
  const client = createRedisClient(options, logger)
  stack.defer(() => client.disconnect())
  await connect(client)
  const scripts = new Scripts(client)
  const subscriber = createRedisClient(options, logger)
  const board = stack.use(new RedisBoard({ subscriber, scripts, clock, logger }))
  await board.start()
  const uses = stack.use(new RedisKeyUses(client, clock))
  return {
    client,
    scripts,
    board,
    keys: openKeyBook(directory.keys, board, uses),
    tenants: openTenantBook(directory.tenants, board),
    permissions: new RedisPermissions(client),
  }
}

async function warnOfEviction(client: RedisClient, logger: Logger): Promise<void> {
  const policies = await evictionPolicies(client)
  if (policies.length === 0) return
  const sentence = 'Redis may forget limits and revoked keys once its memory is full'
  logger.warn({ policies }, sentence)
}

async function connect(client: RedisClient): Promise<void> {
  try {
    await client.connect()
  } catch (cause) {
    throw lost(cause)
  }
}

/** What hides called numbers: made by the first gate that ever starts, the same for all. */
async function calleeKey(client: RedisClient, random: Random): Promise<Buffer> {
  try {
    await client.set(calleeKeyName, random.hex(calleeKeyBytes), 'NX')
    return Buffer.from((await client.get(calleeKeyName)) ?? '', 'hex')
  } catch (cause) {
    throw lost(cause)
  }
}
