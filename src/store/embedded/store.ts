import type { Clock } from '../../kernel/clock.ts'
import type { Store } from '../port.ts'
import { DailyCounts } from './daily-counts.ts'
import { createEmbeddedDirectory, type DirectoryEntries } from './directory.ts'
import { EmbeddedLimiter } from './limiter.ts'

export interface EmbeddedStoreOptions {
  /** The SQLite file for what must survive a restart, or `:memory:` for none. */
  readonly path: string
  readonly clock: Clock
  readonly directory: DirectoryEntries
}

/** The store of a single gate: counters in its memory, the counts of the day in one SQLite file. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const directory = createEmbeddedDirectory(options.directory)
  const daily = new DailyCounts(options.path)
  const limiter = new EmbeddedLimiter(options.clock, daily)
  const sweeping = limiter.startSweeping()
  return {
    directory,
    limiter,
    [Symbol.asyncDispose]: async () => {
      sweeping[Symbol.dispose]()
      daily.close()
    },
  }
}
