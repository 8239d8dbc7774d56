import type { Clock } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { type ConnectApp, createDispatcher, type Dispatcher } from './dispatch/dispatcher.ts'
import { Bans } from './guard/bans.ts'
import { FloodGuard } from './guard/flood-guard.ts'
import { LoadWatch } from './guard/load-watch.ts'
import { type Lookup, systemLookup } from './locate/lookup.ts'
import { createResolver } from './locate/resolve.ts'
import { firstHeader } from './message/headers.ts'
import type { Request } from './message/message.ts'
import { type DoorSettings, type Doors, openDoors } from './protocol/doors.ts'
import { FrameText } from './protocol/frame-text.ts'
import type { SessionParts } from './protocol/session.ts'
import type { Core } from './protocol/types.ts'
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
import type { TransportStats } from './transport/intake.ts'
import { type OpenTransport, openTransport } from './transport/open.ts'
import type { TlsSettings } from './transport/secure.ts'

/** Connections to listening applications at once, unless the settings say otherwise. */
const connectionsMax = 10_000

/** What an engine gets from outside. */
export interface EngineParts {
  readonly clock: Clock
  readonly random: Random
  /** Told of faults of the engine's own; each cost one message or one application's connection. */
  readonly report?: (cause: unknown) => void
  /** Looks host names up; the system's way unless given. */
  readonly lookup?: Lookup
}

/** How much an engine holds: its dialogs, transactions, requests, and connections of applications. */
export interface EngineSizes extends CoreSizes {
  readonly transactions: number
  readonly clients: number
}

/** An engine that runs in this thread. */
export interface OpenEngine extends EngineAddresses {
  /** Whose messages are dropped unread. */
  readonly bans: Bans
  /** What has come in and what became of it, since it was opened. */
  stats(): TransportStats
  /** Bans a source, and forgets without an answer what it has asked and nobody has answered. */
  ban(source: string, forMs: number): void
  /** How much it holds. */
  sizes(): EngineSizes
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
  const guard = new FloodGuard(parts.clock, parts.random, {
    limits: settings.floodLimits,
    isBehind: () => load.isBehind(),
  })
  let running: RunningCore | undefined
  let doors: Doors | undefined
  let dispatcher: Dispatcher | undefined
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
    const { dispatch } = settings
    const connect: ConnectApp = (to, done) => (doors ? doors.connect(to, done) : done(undefined))
    dispatcher = dispatch && createDispatcher(dispatch, { clock: parts.clock, connect })
    const shared = { settings, parts, limits, report, frames, transport, guard, load, dispatcher }
    running = assemble(shared)
    doors = await openDoors(doorSettings(settings, limits), sessionParts(shared, running.core))
    const { dropFrom } = running
    const ban = (source: string, forMs: number) => {
      bans.ban(source, forMs)
      dropFrom((address) => bans.has(address))
    }
    return { ...engineOf({ transport, running, doors, load, dispatcher }), ban, bans }
  } catch (cause) {
    load.close()
    dispatcher?.close()
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
  readonly dispatcher: Dispatcher | undefined
}

function doorSettings(settings: EngineSettings, limits: EngineLimits): DoorSettings {
  const { admin, moreAdmins = [], dispatch } = settings
  return {
    admins: [admin, ...moreAdmins],
    clientsMax: limits.clientsMax,
    connectionsMax: dispatch?.connectionsMax ?? connectionsMax,
    caPem: dispatch?.caPem,
  }
}

function sessionParts(
  { parts, limits, report, frames }: Pick<Assembly, 'parts' | 'limits' | 'report' | 'frames'>,
  core: Core,
): SessionParts {
  const { backlogBytesMax, authenticateWithinMs, stallMs } = limits
  let lastId = 0
  const nextId = () => {
    lastId += 1
    return lastId
  }
  const { clock } = parts
  return { core, clock, frames, report, nextId, backlogBytesMax, authenticateWithinMs, stallMs }
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
    dispatcher: assembly.dispatcher,
    createLayer: (user) =>
      createTransactionLayer({
        transport,
        user,
        clock,
        random,
        limits,
        timers,
        report,
        trust: guard,
        sheds: (source) => load.sheds(source),
        suspects: suspectAgents(settings.suspectAgents ?? []),
      }),
  })
}

/** Whether a request names one of these as its user agent; an empty list suspects nobody. */
function suspectAgents(names: readonly string[]): (request: Request) => boolean {
  if (names.length === 0) return () => false
  const parts = names.map((name) => name.toLowerCase())
  return (request) => {
    const agent = firstHeader(request, 'User-Agent')?.toLowerCase()
    return agent !== undefined && parts.some((part) => agent.includes(part))
  }
}

interface Running {
  readonly transport: OpenTransport
  readonly running: RunningCore
  readonly doors: Doors
  readonly dispatcher: Dispatcher | undefined
  readonly load: LoadWatch
}

function engineOf({
  transport,
  running,
  doors,
  load,
  dispatcher,
}: Running): Omit<OpenEngine, 'ban' | 'bans'> {
  const [adminPort = 0, ...moreAdminPorts] = doors.ports
  return {
    adminPort,
    moreAdminPorts,
    listeners: transport.listeners,
    reload: (tls) => transport.reload(tls),
    stats: () => ({ ...transport.stats }),
    sizes: () => ({
      ...running.sizes(),
      transactions: running.layer.size,
      clients: doors.sessions,
    }),
    close: async () => {
      await doors.close()
      dispatcher?.close()
      load.close()
      running.close()
      await transport.close()
    },
  }
}
