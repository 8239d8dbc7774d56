import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/kernel/clock.ts'
import { silentLogger } from '../src/kernel/logger.ts'
import { systemRandom } from '../src/kernel/random.ts'
import type { DirectoryEntries } from '../src/store/directory.ts'
import { openStore } from '../src/store/open.ts'
import type { Store } from '../src/store/port.ts'
import type { TestRedis } from '../test/support/redis.ts'

/** A folder for as long as a question is asked. */
export function folderOf(name: string) {
  const path = mkdtempSync(join(tmpdir(), `tollgate-${name}-`))
  return {
    file: (file: string) => join(path, `${file}.sqlite`),
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Which adapter is asked about. */
export type Opening =
  | { readonly adapter: 'embedded'; readonly path: string }
  | ({ readonly adapter: 'redis' } & ReturnType<typeof redisOptions>)

/** A store on this server, one of two gates. */
export function redisOptions({ url, clusterNodes }: TestRedis) {
  const fixed = { adapter: 'redis', timeoutMs: 2000, gates: 2, logger: silentLogger } as const
  return { ...fixed, url, clusterNodes }
}

const nobody: DirectoryEntries = { tenants: [], keys: [], policies: [], carriers: [] }

/** The store on the clock of the machine. */
export function openBenchStore(opening: Opening, directory = nobody): Promise<Store> {
  return openStore({ ...opening, clock: systemClock(), random: systemRandom(), directory })
}
