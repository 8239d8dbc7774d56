import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { openEngine } from './engine.ts'
import type { EngineSettings } from './settings.ts'
import type { FromThread } from './thread.ts'

/** The engine's thread: opens what it was given, says where, and closes when it is told to. */
async function run(settings: EngineSettings): Promise<void> {
  const tell = (message: FromThread) => parentPort?.postMessage(message)
  const report = (cause: unknown) => tell({ kind: 'fault', why: textOf(cause) })
  try {
    const parts = { clock: systemClock(), random: systemRandom(), report }
    const engine = await openEngine(settings, parts)
    parentPort?.once('message', () => {
      void engine.close().then(() => parentPort?.close())
    })
    tell({ kind: 'ready', adminPort: engine.adminPort, listeners: [...engine.listeners] })
  } catch (cause) {
    tell({ kind: 'failed', why: textOf(cause) })
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

await run(workerData as EngineSettings)
