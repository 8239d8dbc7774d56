import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { keepIndex } from './indexing.ts'
import { logSource } from './log-source.ts'
import type { FromIndexing, IndexingSettings, ToIndexing } from './thread.ts'

// Entry of the thread that keeps the index: SQLite makes whoever calls it wait, and no call may.

const settings = workerData as IndexingSettings
const closing = new AbortController()
let { tenants } = settings
parentPort?.on('message', (message: ToIndexing) => {
  if (message.kind === 'close') closing.abort()
  else tenants = message.tenants
})
const parts = {
  source: logSource(settings.auditDir),
  clock: systemClock(),
  random: systemRandom(),
  tenants: () => tenants,
  tell: (message: FromIndexing) => parentPort?.postMessage(message),
}
await keepIndex(settings, parts, closing.signal)
parentPort?.close()
