import { createPeriods } from '../../src/admission/periods.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { handleInvite } from '../../src/call/handle-invite.ts'
import { CallRegistry } from '../../src/call/registry.ts'
import type { CallLimits, Stages } from '../../src/call/stages.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import type { Carrier, CarrierId, GatewayId } from '../../src/domain/carrier.ts'
import type { Decision, Grant } from '../../src/domain/decision.ts'
import { type Limits, noLimits } from '../../src/domain/limits.ts'
import type { Rate } from '../../src/domain/money.ts'
import { refusals } from '../../src/domain/refusals.ts'
import { startEngine } from '../../src/engine/start.ts'
import type { TimerValues } from '../../src/engine/transaction/timers.ts'
import { type Clock, systemClock, type Timer } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { connectEngine, type EngineConnection } from '../../src/sip/connection.ts'
import { FakeClock } from './fake-clock.ts'
import { drachtioSecret, startDrachtio } from './gate-drachtio.ts'
import { takePort } from './gate-ports.ts'
import { logOf } from './log-of.ts'
import { patienceMs } from './soon.ts'

export interface RunningEngine {
  readonly sipPort: number
  readonly adminPort: number
  stop(): Promise<void>
}

export interface EngineOptions {
  /** Free ports unless given. */
  readonly sipPort?: number
  readonly adminPort?: number
  /** Of the embedded engine alone. */
  readonly timers?: Partial<TimerValues>
}

const testSecret = new Secret(drachtioSecret)

/** The drachtio-server to test against instead of the embedded engine. */
export const drachtioBinary = process.env.DRACHTIO_BIN

/** The embedded engine, or the drachtio-server that DRACHTIO_BIN names. */
export async function startTestEngine(options: EngineOptions = {}): Promise<RunningEngine> {
  return drachtioBinary ? startReal(drachtioBinary, options) : startEmbedded(options)
}

async function startEmbedded(options: EngineOptions): Promise<RunningEngine> {
  const { adminPort = 0, sipPort = await takePort(), timers } = options
  const engine = await startEngine({
    listen: [{ protocol: 'udp', address: '127.0.0.1', port: sipPort }],
    admin: { address: '127.0.0.1', port: adminPort, secret: testSecret.reveal() },
    timers,
  })
  return { sipPort, adminPort: engine.adminPort, stop: () => engine.close() }
}

async function startReal(binary: string, options: EngineOptions): Promise<RunningEngine> {
  const { sipPort = await takePort(), adminPort } = options
  const server = await startDrachtio({ binary, sipPort, adminPort })
  return {
    sipPort,
    adminPort: server.adminPort,
    stop: async () => await server[Symbol.asyncDispose](),
  }
}

/** A clock that is moved by hand and never lets a heartbeat run, for there is no pong meanwhile. */
export class StillClock extends FakeClock {
  override every(): Timer {
    return { cancel: () => undefined }
  }
}

export interface GateOptions {
  readonly gatewayPorts?: readonly number[]
  readonly clock?: Clock
  readonly noAnswerTimeoutMs?: number
  readonly ringTimeoutMs?: number
  readonly callDurationMaxS?: number
  readonly transfers?: 'relay' | 'refuse'
  readonly limiter?: Partial<CallLimits['limiter']>
  /** Of the carrier with all gateways. */
  readonly carrierLimits?: Limits
  /** By which the carrier's money is counted. */
  readonly carrierRate?: Rate
  /** What the call costs; then its money is limited. */
  readonly rate?: Rate
  readonly enforcement?: 'shadow'
  /** Puts something around the stages. */
  readonly wrap?: (stages: Stages) => Stages
}

/** Resolves once the condition holds; fails when it does not in time. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A gate whose stages other than the call itself are the simplest there are. */
export interface CallGate {
  readonly connection: EngineConnection
  readonly registry: CallRegistry
  readonly events: AuditEvent[]
  /** Leases taken and not given back. */
  readonly leases: Set<CallId>
  /** How many `handleInvite` have not come to their end. */
  running(): number
  /** Waits until nothing is left of any call. */
  quiet(): Promise<void>
  close(): Promise<void>
}

export async function openGate(
  engine: RunningEngine,
  options: GateOptions = {},
): Promise<CallGate> {
  const clock = options.clock ?? systemClock()
  const random = systemRandom()
  const logger = silentLogger
  const connection = await connectEngine({
    host: '127.0.0.1',
    port: engine.adminPort,
    secret: testSecret,
    clock,
    random,
    logger,
  })
  const events: AuditEvent[] = []
  const leases = new Set<CallId>()
  const registry = new CallRegistry({
    clock,
    logger,
    limiter: { renew: async () => undefined },
    leaseMs: 30_000,
    callsMax: 100,
  })
  const simple: Stages = {
    registry,
    guard: { turnsAway: () => false, silent: false, learn: () => 0, delay: () => undefined },
    audit: logOf(async (event) => void events.push(event)),
    admit: async ({ id }) => admit(id, leases, options),
    revoked: async () => undefined,
    outcome: () => undefined,
    limits: limitsOf(options),
    refusals,
    sign: async () => ({
      identities: ['header.payload.signature;info=<https://x>;alg=ES256'],
    }),
    carriers: async () => [carrierOf(options)],
    registered: async () => [],
    engine: connection,
    relay: {
      transfers: options.transfers ?? 'relay',
      blindNoAnswerTimeoutMs: 0,
      sessionExpiresS: 1800,
    },
    clock,
    random,
    logger,
  }
  const stages = options.wrap ? options.wrap(simple) : simple
  let running = 0
  await connection.serve({
    keyHeader: 'X-API-Key',
    accepting: () => registry.accepting,
    meet: () => 'answer',
    onInvite: (call) => {
      running++
      void handleInvite(stages, call).finally(() => running--)
    },
  })
  return {
    connection,
    registry,
    events,
    leases,
    running: () => running,
    quiet: () =>
      eventually('no leg, no call, no lease', () => {
        const { invites, dials, dialogs, held } = connection.counts
        return invites + dials + dialogs + held + leases.size + registry.size + running === 0
      }),
    close: async () => {
      registry[Symbol.dispose]()
      await connection[Symbol.asyncDispose]()
    },
  }
}

function admit(callId: CallId, leases: Set<CallId>, options: GateOptions): Decision {
  leases.add(callId)
  return {
    admitted: true,
    grant: grantedBy(options),
    leases: { callId, [Symbol.asyncDispose]: async () => void leases.delete(callId) },
    trace: [],
  }
}

function grantedBy({ callDurationMaxS = 3600, rate, enforcement }: GateOptions): Grant {
  const grant = grantOf(callDurationMaxS, rate)
  return { ...grant, rate, policy: { ...grant.policy, enforcement } }
}

/** A grant with the figures a call is carried by. */
export function grantOf(callDurationMaxS: number, rate?: Rate): Grant {
  const number = (e164: string) => ({ e164, region: 'US', type: 'FIXED_LINE_OR_MOBILE' }) as const
  return {
    direction: 'outbound',
    tenant: { id: 'tenant', limits: noLimits, origId: '00000000-0000-4000-8000-000000000001' },
    key: { id: 'key' },
    policy: {
      callDurationMaxS,
      limits: { ...noLimits, budget: rate && { currency: rate.currency } },
    },
    called: number('+12025550123'),
    caller: number('+12025550199'),
    callerOwned: true,
    callerWithheld: false,
    attestation: 'A',
    attestationReason: 'number_owned',
  } as unknown as Grant
}

/** Room for every call unless the test has a limiter of its own. */
function limitsOf({ limiter, carrierRate }: GateOptions): CallLimits {
  const giveEverything: CallLimits['limiter'] = {
    take: async ({ callId }) => ({
      taken: true,
      leases: { callId, [Symbol.asyncDispose]: async () => undefined },
    }),
    extend: async () => ({ taken: true }),
    release: async () => undefined,
  }
  const limits = { leaseMs: 30_000, storeTimeoutMs: 1000, budgetSliceS: 60 }
  const carriers = { rateOf: () => carrierRate, periodsOf: createPeriods() }
  return { ...limits, ...carriers, limiter: { ...giveEverything, ...limiter } }
}

function carrierOf(options: GateOptions): Carrier {
  return {
    id: 'carrier' as CarrierId,
    priority: 1,
    enabled: true,
    limits: options.carrierLimits,
    noAnswerTimeoutMs: options.noAnswerTimeoutMs ?? 5_000,
    ringTimeoutMs: options.ringTimeoutMs ?? 30_000,
    gateways: (options.gatewayPorts ?? []).map((port, index) => ({
      id: `gateway-${index + 1}` as GatewayId,
      host: '127.0.0.1',
      port,
      transport: 'udp',
    })),
  }
}
