import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { createDirectory, type DirectoryEntries } from '../directory.ts'
import { openKeyBook } from '../key-book.ts'
import type { Limiter, Store } from '../port.ts'
import { openTenantBook } from '../tenant-book.ts'
import { EmbeddedBoard } from './board.ts'
import { CountsFile } from './counts-file.ts'
import { EmbeddedKeyUses } from './key-uses.ts'
import { EmbeddedLimiter } from './limiter.ts'
import { EmbeddedPermissions, permissionFileOf } from './permissions.ts'
import { openSharedFile, sharedFileOf } from './shared-file.ts'

export interface EmbeddedStoreOptions {
  /** The SQLite file for what must survive a restart, or `:memory:` for none. */
  readonly path: string
  readonly clock: Clock
  readonly random: Random
  readonly directory: DirectoryEntries
}

/**
 * The store of a single gate: counters in its memory, those that must survive in a SQLite file of its
 * own, and keys and notes in a second one that other processes may write.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { clock, random } = options
  await using stack = new AsyncDisposableStack()
  const file = new CountsFile(options.path)
  stack.defer(() => file.close())
  const limiter = new EmbeddedLimiter({ clock, random, file })
  stack.use(limiter.startSweeping())
  const { board, keys, tenants, permissions } = openShared(options, stack)
  const directory = createDirectory(options.directory, { keys, tenants })
  const running = stack.move()
  return {
    directory,
    redeclare: directory.redeclare,
    keys,
    tenants,
    board,
    permissions,
    limiter: takingOnlyFresh(limiter, board),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What several processes share. */
export function openShared(
  { path, clock, directory }: Pick<EmbeddedStoreOptions, 'path' | 'clock' | 'directory'>,
  stack: AsyncDisposableStack,
) {
  const database = openSharedFile(sharedFileOf(path))
  stack.defer(() => database.close())
  const board = stack.use(new EmbeddedBoard(database, clock))
  const uses = stack.use(new EmbeddedKeyUses(database, clock))
  return {
    board,
    keys: openKeyBook(directory.keys, board, uses),
    tenants: openTenantBook(directory.tenants, board),
    permissions: stack.use(new EmbeddedPermissions(permissionFileOf(path))),
  }
}

/** No call is taken while it cannot be known whether its key was revoked a second ago. */
function takingOnlyFresh(limiter: EmbeddedLimiter, board: EmbeddedBoard): Limiter {
  return {
    take: async (request) => {
      board.ensureFresh()
      return limiter.take(request)
    },
    peek: (request) => limiter.peek(request),
    renew: (leases, leaseMs) => limiter.renew(leases, leaseMs),
    extend: (leases, addMicros) => limiter.extend(leases, addMicros),
    release: (leases, costMicros) => limiter.release(leases, costMicros),
    running: (home, owner) => limiter.running(home, owner),
    spentMicros: (home, budget) => limiter.spentMicros(home, budget),
  }
}
