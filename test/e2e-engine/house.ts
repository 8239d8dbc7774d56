import { type OpenEngine, openEngine } from '../../src/engine/engine.ts'
import type { EngineSettings } from '../../src/engine/settings.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { patienceMs } from '../support/soon.ts'
import { UdpUa } from '../support/udp-ua.ts'
import { connectSrf, type Srf } from './srf.ts'

/** An engine on loopback with a caller and a callee that do what a test tells them. */
export interface House {
  readonly engine: OpenEngine
  readonly alice: UdpUa
  readonly bob: UdpUa
  /** The engine's UDP port. */
  readonly port: number
  /** The URI of the callee. */
  readonly bobUri: string
  readonly faults: unknown[]
  app(): Promise<Srf>
  /** Ends an app's connection, as when its process dies. */
  leave(app: Srf): void
  close(): Promise<void>
}

export const settings: EngineSettings = {
  listen: [
    { protocol: 'udp', address: '127.0.0.1', port: 0 },
    { protocol: 'tcp', address: '127.0.0.1', port: 0 },
  ],
  admin: { address: '127.0.0.1', port: 0, secret: 'cymru' },
}

export async function openHouse(more: Partial<EngineSettings> = {}): Promise<House> {
  const faults: unknown[] = []
  const engine = await openEngine(
    { ...settings, ...more },
    { clock: systemClock(), random: systemRandom(), report: (cause) => faults.push(cause) },
  )
  const alice = await UdpUa.open()
  const bob = await UdpUa.open()
  const apps = new Set<Srf>()
  const leave = (app: Srf) => {
    if (apps.delete(app)) app.disconnect()
  }
  return {
    engine,
    alice,
    bob,
    faults,
    port: engine.listeners.find(({ protocol }) => protocol === 'udp')?.port ?? 0,
    bobUri: `sip:bob@127.0.0.1:${bob.port}`,
    leave,
    app: async () => {
      const srf = await connectSrf(engine.adminPort)
      apps.add(srf)
      return srf
    },
    close: async () => {
      for (const srf of apps) leave(srf)
      await engine.close()
      alice.close()
      bob.close()
    },
  }
}

/** Resolves when `met` holds; asked again after each turn of the event loop. */
export async function until(met: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!met()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
