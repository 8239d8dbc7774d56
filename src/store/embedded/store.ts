import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Store } from '../port.ts'
import { CountsFile } from './counts-file.ts'
import { createEmbeddedDirectory, type DirectoryEntries } from './directory.ts'
import { EmbeddedLimiter } from './limiter.ts'

export interface EmbeddedStoreOptions {
  /** The SQLite file for what must survive a restart, or `:memory:` for none. */
  readonly path: string
  readonly clock: Clock
  readonly random: Random
  readonly directory: DirectoryEntries
}

/** The store of a single gate: counters in its memory, what must survive in one SQLite file. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const directory = createEmbeddedDirectory(options.directory)
  const { clock, random } = options
  const file = new CountsFile(options.path)
  const limiter = new EmbeddedLimiter({ clock, random, file })
  const sweeping = limiter.startSweeping()
  return {
    directory,
    limiter,
    [Symbol.asyncDispose]: async () => {
      sweeping[Symbol.dispose]()
      file.close()
    },
  }
}
