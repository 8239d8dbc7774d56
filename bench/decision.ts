import { setTimeout as delay } from 'node:timers/promises'
import { type Admit, createAdmission } from '../src/admission/pipeline.ts'
import { type Limits, noLimits } from '../src/domain/limits.ts'
import type { Rate } from '../src/domain/money.ts'
import { systemClock } from '../src/kernel/clock.ts'
import type { Limiter, Store } from '../src/store/port.ts'
import { attemptWith, directoryWith } from '../test/admission/fixture.ts'
import { startRedis, startRedisCluster } from '../test/support/redis.ts'
import { folderOf, type Opening, openBenchStore, redisOptions } from './bench-store.ts'
import type { Plan } from './plan.ts'
import { percentile, type Report, type Row } from './report.ts'

/** Far away, so that every decision is to admit. */
const many = 1_000_000_000

const usual: Limits = {
  ...noLimits,
  callsPerSecondMax: 10_000,
  concurrentMax: many,
  callsPerDayMax: many,
}
const every: Limits = {
  ...usual,
  callsPerMinuteMax: many,
  callsPerHourMax: many,
  callsPerMonthMax: many,
  attemptsPerCallee24hMax: 1000,
  attemptsPerCallee30dMax: 1000,
  budget: { currency: 'USD', perDayMicros: 1e15, perMonthMicros: 1e15 },
}
const rate: Rate = {
  prefix: '1',
  currency: 'USD',
  perMinuteMicros: 10_000,
  connectionFeeMicros: 0,
  firstIncrementS: 60,
  nextIncrementS: 60,
}

/** Every call goes to another number, and again after a million. */
const callees = (function* () {
  for (let n = 0; ; n++) yield String(n % 1_000_000).padStart(6, '0')
})()
const callee = () => callees.next().value

/** Decisions whose leases are given back together, outside of what is measured. */
const batch = 100
/** Between batches, so that no rate is reached. */
const pauseMs = 15

interface Case {
  readonly store: string
  readonly limits: 'usual' | 'every'
  /** Decisions under way at once. */
  readonly together: number
}

/** What the store adds to a decision: time and CPU time of the gate's thread. */
export async function decision(plan: Plan): Promise<Report> {
  const rows: Row[] = []
  await using folder = folderOf('decision')
  for (const limits of ['usual', 'every'] as const) {
    await using store = await open({ adapter: 'embedded', path: folder.file(limits) }, limits)
    for (const together of [1, 8]) {
      rows.push(await measure({ store: 'embedded', limits, together }, store, plan))
    }
  }
  for (const [name, start] of [
    ['Redis', startRedis],
    ['Redis Cluster', startRedisCluster],
  ] as const) {
    await using redis = await start()
    for (const limits of ['usual', 'every'] as const) {
      await using store = await open(redisOptions(redis), limits)
      for (const together of [1, 8]) {
        rows.push(await measure({ store: name, limits, together }, store, plan))
      }
    }
  }
  return {
    name: 'decision',
    title: 'What the store adds to a decision: milliseconds, and microseconds of CPU of the gate',
    rows,
    notes: [
      'usual: rate, slots and day of key and tenant; every: all limits there are, of both (20 claims)',
      'ms: the whole decision, so many at once; bare: the same decision without a store',
      'store: from asking the store until it has answered, which is what it adds; added us: full less bare',
      `first ms: of those, what the first takes after a pause of ${pauseMs} ms, in the middle; they are one in ${batch}`,
    ],
  }
}

function open(opening: Opening, limits: Case['limits']): Promise<Store> {
  const limited = { limits: limits === 'usual' ? usual : every }
  return openBenchStore(opening, directoryWith({ tenant: limited, policy: limited }))
}

/** Admits everything and counts nothing. */
const noLimiter: Pick<Limiter, 'take' | 'release'> = {
  take: async ({ callId }) => ({
    taken: true,
    leases: { callId, [Symbol.asyncDispose]: async () => undefined },
  }),
  release: async () => undefined,
}

/** As `limiter`; puts down how long each take is waited for. */
function timedLimiter(limiter: Limiter, tookMs: number[]): Limiter {
  const time = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    const beganMs = performance.now()
    const answer = await ask()
    tookMs.push(performance.now() - beganMs)
    return answer
  }
  const { takePermitted } = limiter
  return {
    peek: (request) => limiter.peek(request),
    renew: (leases, leaseMs) => limiter.renew(leases, leaseMs),
    extend: (leases, addMicros) => limiter.extend(leases, addMicros),
    release: (leases, costMicros) => limiter.release(leases, costMicros),
    running: (home, owner) => limiter.running(home, owner),
    spentMicros: (home, budget) => limiter.spentMicros(home, budget),
    take: (request) => time(() => limiter.take(request)),
    ...(takePermitted && {
      takePermitted: (request, ask) => time(() => takePermitted.call(limiter, request, ask)),
    }),
  }
}

async function measure(about: Case, store: Store, plan: Plan): Promise<Row> {
  const batches = Math.ceil((plan.measureS * 500) / batch)
  const without = admission(store, { ...store.limiter, ...noLimiter })
  const bare = await run(without, about.together, batches)
  const storeMs: number[] = []
  const timed = admission(store, timedLimiter(store.limiter, storeMs))
  const full = await run(timed, about.together, batches)
  return {
    store: about.store,
    limits: about.limits,
    'at once': about.together,
    'ms p50': percentile(full.tookMs, 0.5),
    'ms p99': percentile(full.tookMs, 0.99),
    'bare p99': percentile(bare.tookMs, 0.99),
    'store p99': percentile(storeMs.slice(-full.tookMs.length), 0.99),
    'first ms': percentile(full.firstMs, 0.5),
    'bare us': bare.cpuUs,
    'added us': full.cpuUs - bare.cpuUs,
    decisions: full.tookMs.length,
  }
}

function admission({ directory }: Store, limiter: Limiter): Admit {
  return createAdmission({
    directory,
    limiter,
    clock: systemClock(),
    rateOf: () => rate,
    settings: { storeTimeoutMs: 5000, leaseMs: 30_000, budgetSliceS: 60 },
  })
}

async function run(admit: Admit, together: number, batches: number) {
  const tookMs: number[] = []
  const firstMs: number[] = []
  let cpuUs = 0
  let measured = 0
  for (let at = -3; at < batches; at++) {
    const before = process.threadCpuUsage()
    const leases: AsyncDisposable[] = []
    for (let done = 0; done < batch; done += together) {
      const decided = Array.from({ length: together }, () => decide(admit))
      for (const { took, admitted } of await Promise.all(decided)) {
        if (at >= 0) tookMs.push(took)
        if (at >= 0 && leases.length === 0) firstMs.push(took)
        leases.push(admitted)
      }
    }
    const spent = process.threadCpuUsage(before)
    if (at >= 0) {
      cpuUs += spent.user + spent.system
      measured += leases.length
    }
    for (const held of leases) await held[Symbol.asyncDispose]()
    await delay(pauseMs)
  }
  return { tookMs, firstMs, cpuUs: cpuUs / measured }
}

async function decide(admit: Admit) {
  const attempt = attemptWith({ requestUri: `sip:+13122${callee()}@gate.example` })
  const beganMs = performance.now()
  const decision = await admit(attempt)
  const took = performance.now() - beganMs
  if (!decision.admitted) throw new Error(`refused: ${decision.reason} ${decision.detail ?? ''}`)
  return { took, admitted: decision.leases }
}
