import { writeSync } from 'node:fs'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { openShared } from '../../src/store/embedded/store.ts'
import { openEntries } from '../../src/store/entries.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'

// Changes two hundred entries in one step, again and again, until somebody kills the process.
const [path = ':memory:', url] = process.argv.slice(2)
const directory = { tenants: [], keys: [], policies: [], carriers: [] }
const [clock, random] = [systemClock(), systemRandom()]
const around = { clock, random, directory, logger: silentLogger }
const { board } = url
  ? await openRedisStore({
      ...around,
      url: new Secret(url),
      clusterNodes: [],
      timeoutMs: 2000,
      gates: 1,
    })
  : openShared({ path, ...around }, new AsyncDisposableStack())
const entries = openEntries(board)
for (;;) {
  const after = `{"round":${entries.revision}}`
  const changes = Array.from({ length: 200 }, (_, at) => {
    return { list: 'tenants', id: `t${at}`, before: undefined, after, kept: 'text' } as const
  })
  const terms = { by: 'x', atMs: 0, besides: [] }
  await entries.commit({ ...terms, seenRevision: entries.revision, changes })
  writeSync(1, '.')
}
