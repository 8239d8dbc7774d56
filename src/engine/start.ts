import { Worker } from 'node:worker_threads'
import type { EngineSizes } from './engine.ts'
import type { BannedSource } from './guard/bans.ts'
import type { EngineAddresses, EngineSettings } from './settings.ts'
import { ThreadWatch } from './thread-watch.ts'
import type { TransportStats } from './transport/intake.ts'
import type { TlsSettings } from './transport/secure.ts'

/** Whose messages an engine drops unread, from outside its thread. */
export interface EngineBans {
  /** Drops all that comes from the address, of IPv6 from its /64, for so long. */
  ban(source: string, forMs: number): void
  unban(source: string): void
  list(): Promise<readonly BannedSource[]>
}

/** An engine in a thread of its own. */
export interface Engine extends EngineAddresses {
  readonly bans: EngineBans
  /** What has come in and what became of it, since the start; undefined when it has ended. */
  stats(): Promise<TransportStats | undefined>
  /** CPU time its thread has used so far. */
  cpuUsage(): Promise<{ readonly userUs: number; readonly systemUs: number }>
  /** How much it holds; undefined where it has ended. */
  sizes(): Promise<EngineSizes | undefined>
  /**
   * Calls back once when the engine has ended without being asked to, at once if it already has: no
   * call can be carried any more.
   */
  onExit(tell: (why: string) => void): void
  /** Calls back for each fault of its own that the engine survived. */
  onFault(tell: (why: string) => void): void
  /**
   * Uses other certificates from the next handshake on; no connection is dropped. Fails with
   * `config_invalid`, and goes on with those it has, where one can't be used.
   */
  reload(tls: TlsSettings): Promise<void>
  /** Closes its sockets and ends its thread. */
  close(): Promise<void>
}

/** Starts an engine in a worker thread; resolves when every socket of its settings is open. */
export async function startEngine(settings: EngineSettings): Promise<Engine> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings })
  const watch = new ThreadWatch(worker)
  const addresses = await watch.ready
  return {
    ...addresses,
    bans: {
      ban: (source, forMs) => watch.tell({ kind: 'ban', source, forMs }),
      unban: (source) => watch.tell({ kind: 'unban', source }),
      list: () => watch.bans(),
    },
    stats: () => watch.stats(),
    cpuUsage: async () => {
      const { user, system } = await worker.cpuUsage()
      return { userUs: user, systemUs: system }
    },
    sizes: () => watch.sizes(),
    onExit: (tell) => watch.onExit(tell),
    onFault: (tell) => watch.onFault(tell),
    reload: (tls) => watch.reload(tls),
    close: () => watch.close(),
  }
}
