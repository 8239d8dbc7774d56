import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { keepIndex } from './indexing.ts'
import { indexSource } from './log-source.ts'
import type { FromIndexing, IndexingSettings, ToIndexing } from './thread.ts'

// Entry of the thread that keeps the index: SQLite makes whoever calls it wait, and no call may. What it has
// to do comes in bursts, and calls go first.

// Linux has a priority for each thread, and 0 names the one that asks. Others would slow down the gate.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL)

const settings = workerData as IndexingSettings
const closing = new AbortController()
let { tenants } = settings
parentPort?.on('message', (message: ToIndexing) => {
  if (message.kind === 'close') closing.abort()
  else tenants = message.tenants
})
const parts = {
  source: indexSource(settings.auditDir),
  clock: systemClock(),
  random: systemRandom(),
  tenants: () => tenants,
  tell: (message: FromIndexing) => parentPort?.postMessage(message),
}
await keepIndex(settings, parts, closing.signal)
parentPort?.close()
