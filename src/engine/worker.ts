import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/failure.ts'
import { systemRandom } from '../kernel/random.ts'
import { type OpenEngine, openEngine } from './engine.ts'
import type { EngineSettings } from './settings.ts'
import type { FromThread, ToThread } from './thread.ts'
import type { TlsSettings } from './transport/secure.ts'

/** The engine's thread: opens what it was given, says where, and closes when it is told to. */
async function run(settings: EngineSettings): Promise<void> {
  const tell = (message: FromThread) => parentPort?.postMessage(message)
  const report = (cause: unknown) => tell({ kind: 'fault', why: textOf(cause) })
  try {
    const parts = { clock: systemClock(), random: systemRandom(), report }
    const engine = await openEngine(settings, parts)
    parentPort?.on('message', (message: ToThread) => obey(engine, message, tell))
    const { adminPort, moreAdminPorts, listeners } = engine
    tell({ kind: 'ready', adminPort, moreAdminPorts, listeners: [...listeners] })
  } catch (cause) {
    tell({ kind: 'failed', why: textOf(cause) })
  }
}

function obey(engine: OpenEngine, message: ToThread, tell: (message: FromThread) => void) {
  switch (message.kind) {
    case 'ban':
      return engine.ban(message.source, message.forMs)
    case 'unban':
      return engine.bans.unban(message.source)
    case 'listBans':
      return tell({ kind: 'bans', asked: message.asked, bans: engine.bans.list() })
    case 'sizes':
      return tell({ kind: 'sizes', asked: message.asked, sizes: engine.sizes() })
    case 'stats':
      return tell({ kind: 'stats', asked: message.asked, stats: engine.stats() })
    case 'reload':
      return tell({ kind: 'reloaded', asked: message.asked, why: reload(engine, message.tls) })
    case 'close':
      void engine.close().then(() => parentPort?.close())
  }
}

/** Why the certificates could not be taken, or undefined. */
function reload(engine: OpenEngine, tls: TlsSettings): string | undefined {
  try {
    engine.reload(tls)
    return undefined
  } catch (cause) {
    return messageOf(cause)
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

await run(workerData as EngineSettings)
