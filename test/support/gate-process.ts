import { readdirSync } from 'node:fs'
import { type Parts, startGate } from '../../src/app.ts'
import { appendingBy } from '../../src/audit/appending-by.ts'
import type { AuditLog } from '../../src/audit/event.ts'
import { loadSettings } from '../../src/config/load.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import type { Home, Store } from '../../src/store/port.ts'
import { collectThreads } from './collected-threads.ts'
import { countedTenant } from './gate-config.ts'
import { DecisionTimes } from './gate-decision-times.ts'

// A gate in a process of its own, as users run it, which also tells the process that started it
// what it holds and what it uses. Started by gate.ts; the settings are its only argument.

/** What may be asked, and what is answered. */
export interface Answers {
  readonly counts: { readonly running: number; readonly leases: number }
  readonly usage: {
    /** CPU time since the start, microseconds: the main thread, the engine's, the whole process. */
    readonly mainUs: number
    readonly engineUs: number
    readonly processUs: number
    readonly residentBytes: number
  }
  /** What it holds, garbage of no thread counted. */
  readonly holdings: {
    readonly heapBytes: number
    readonly engineHeapBytes: number
    readonly indexHeapBytes: number
    readonly residentBytes: number
    /** What was resident before the garbage went. */
    readonly withGarbageBytes: number
    /** Timers, sockets and the like that keep its event loop going. */
    readonly resources: number
    readonly fileDescriptors: number
  }
  readonly sizes: { readonly dialogs: number; readonly transactions: number }
  /** Milliseconds a decision took since the last time of asking, and until it was on record. */
  readonly decisions: { readonly decidedMs: number[]; readonly recordedMs: number[] }
  /** From now on nothing is written into the audit log, or it is again. */
  readonly auditOff: Record<string, never>
  readonly auditOn: Record<string, never>
  readonly close: Record<string, never>
}

export type Asked = keyof Answers
export type Question = { readonly id: number; readonly ask: Asked }

const [file = ''] = process.argv.slice(2)
const home: Home = { level: 'tenant', id: countedTenant }
const times = new DecisionTimes()
let store: Store | undefined
let isAuditOn = true

const gate = await startGate(loadSettings(file, {}), {
  logger: createLogger('warn'),
  wrap: (parts: Parts) => {
    store = parts.store
    return times.around({ ...parts, audit: switched(parts.audit) })
  },
})

/** The audit log, or one that keeps nothing. */
function switched(audit: AuditLog): AuditLog {
  return appendingBy(audit, (event) => (isAuditOn ? audit.append(event) : Promise.resolve()))
}

const answers: { readonly [Ask in Asked]: () => Promise<Answers[Ask]> } = {
  counts: async () => ({
    running: gate.running,
    leases: (await store?.limiter.running(home, home)) ?? 0,
  }),
  usage: async () => {
    const engine = await gate.embeddedEngine?.cpuUsage()
    const [main, whole] = [process.threadCpuUsage(), process.cpuUsage()]
    return {
      mainUs: main.user + main.system,
      engineUs: engine ? engine.userUs + engine.systemUs : 0,
      processUs: whole.user + whole.system,
      residentBytes: process.memoryUsage.rss(),
    }
  },
  holdings: async () => {
    const withGarbageBytes = process.memoryUsage.rss()
    const [main, ...threads] = await collectThreads()
    const heapOf = (room: string) =>
      threads.find(({ url }) => url?.endsWith(`/${room}/worker.ts`))?.heapBytes ?? 0
    return {
      heapBytes: main?.heapBytes ?? 0,
      engineHeapBytes: heapOf('engine'),
      indexHeapBytes: heapOf('records'),
      residentBytes: process.memoryUsage.rss(),
      withGarbageBytes,
      resources: process.getActiveResourcesInfo().length,
      fileDescriptors: readdirSync('/proc/self/fd').length,
    }
  },
  sizes: async () => {
    const { dialogs = 0, transactions = 0 } = (await gate.embeddedEngine?.sizes()) ?? {}
    return { dialogs, transactions }
  },
  decisions: async () => times.take(),
  auditOff: async () => {
    isAuditOn = false
    return {}
  },
  auditOn: async () => {
    isAuditOn = true
    return {}
  },
  close: async () => {
    await gate[Symbol.asyncDispose]()
    return {}
  },
}

process.on('message', async ({ id, ask }: Question) => {
  process.send?.({ id, answer: await answers[ask]() })
  if (ask === 'close') process.disconnect()
})
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0, answer: { certificateUrl: gate.certificateUrl } })
