import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { Bans } from './guard/bans.ts'
import { FloodGuard } from './guard/flood-guard.ts'
import { LoadWatch } from './guard/load-watch.ts'
import type { Trust } from './guard/trust.ts'
import { type Lookup, systemLookup } from './locate/lookup.ts'
import { createResolver } from './locate/resolve.ts'
import { FrameText } from './protocol/frame-text.ts'
import { type AdminPort, openAdminPort } from './protocol/server.ts'
import {
  defaultEngineLimits,
  type EngineAddresses,
  type EngineLimits,
  type EngineSettings,
} from './settings.ts'
import { type CoreSizes, createCore, type RunningCore } from './stack/core.ts'
import { stackTimes } from './stack/times.ts'
import { createTransactionLayer } from './transaction/layer.ts'
import { defaultTimerValues } from './transaction/timers.ts'
import { type OpenTransport, openTransport } from './transport/open.ts'
import type { TlsSettings } from './transport/secure.ts'

/** What an engine gets from outside. */
export interface EngineParts {
  readonly clock: Clock
  readonly random: Random
  /** Told of faults of the engine's own; each cost one message or one application's connection. */
  readonly report?: (cause: unknown) => void
  /** Looks host names up; the system's way unless given. */
  readonly lookup?: Lookup
}

/** An engine that runs in this thread. */
export interface OpenEngine extends EngineAddresses {
  /** Whose messages are dropped unread. */
  readonly bans: Bans
  /** Who is known, and is answered with more bytes than came from there. */
  readonly trust: Trust
  /** How much it holds. */
  sizes(): CoreSizes & { readonly transactions: number; readonly clients: number }
  /** Uses other certificates from the next handshake on; throws where one can't be used. */
  reload(tls: TlsSettings): void
  /** Drops its applications, which ends their calls, and closes every socket. */
  close(): Promise<void>
}

/** Opens an engine in this thread: `startEngine` does so in one of its own. */
export async function openEngine(
  settings: EngineSettings,
  parts: EngineParts,
): Promise<OpenEngine> {
  const limits = { ...defaultEngineLimits, ...settings.limits }
  const report = parts.report ?? (() => undefined)
  const frames = new FrameText(parts.clock)
  const bans = new Bans(parts.clock)
  const guard = new FloodGuard(parts.clock, parts.random, settings.floodLimits)
  let running: RunningCore | undefined
  const load = new LoadWatch({
    clock: parts.clock,
    unheard: () => running?.unheard() ?? 0,
    isStranger: (source) => guard.isStranger(source),
    limits: settings.loadLimits,
  })
  const transport = await openTransport({
    listeners: settings.listen,
    clock: parts.clock,
    limits: settings.transportLimits,
    tls: settings.tls,
    webSocketOrigins: settings.webSocketOrigins,
    isBanned: (address) => bans.has(address),
    floodgate: guard,
    events: { onMessage: (arrival) => running?.layer.receive(arrival) },
  })
  try {
    running = assemble({ settings, parts, limits, report, frames, transport, guard, load })
    const { clientsMax, backlogBytesMax, authenticateWithinMs } = limits
    const admin = await openAdminPort(
      { ...settings.admin, clientsMax, backlogBytesMax, authenticateWithinMs },
      { core: running.core, clock: parts.clock, frames, report },
    )
    return { ...engineOf({ transport, running, admin, load }), bans, trust: guard }
  } catch (cause) {
    load.close()
    running?.close()
    await transport.close()
    throw cause
  }
}

interface Assembly {
  readonly settings: EngineSettings
  readonly parts: EngineParts
  readonly limits: EngineLimits
  readonly report: (cause: unknown) => void
  readonly frames: FrameText
  readonly transport: OpenTransport
  readonly guard: FloodGuard
  readonly load: LoadWatch
}

function assemble(assembly: Assembly): RunningCore {
  const { settings, parts, limits, report, frames, transport, guard, load } = assembly
  const { clock, random, lookup = systemLookup() } = parts
  const timers = { ...defaultTimerValues, ...settings.timers }
  return createCore({
    clock,
    random,
    transport,
    resolver: createResolver({ clock, random, lookup }),
    frames,
    times: stackTimes(timers),
    limits,
    report,
    cdrs: settings.cdrs,
    createLayer: (user) =>
      createTransactionLayer({
        ...{ transport, user, clock, random, limits, timers },
        trust: guard,
        sheds: (source) => load.sheds(source),
      }),
  })
}

interface Running {
  readonly transport: OpenTransport
  readonly running: RunningCore
  readonly admin: AdminPort
  readonly load: LoadWatch
}

function engineOf({
  transport,
  running,
  admin,
  load,
}: Running): Omit<OpenEngine, 'bans' | 'trust'> {
  return {
    adminPort: admin.port,
    listeners: transport.listeners,
    reload: (tls) => transport.reload(tls),
    sizes: () => ({
      ...running.sizes(),
      transactions: running.layer.size,
      clients: admin.sessions,
    }),
    close: async () => {
      await admin.close()
      load.close()
      running.close()
      await transport.close()
    },
  }
}
