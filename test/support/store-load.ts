import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { CallId } from '../../src/domain/attempt.ts'
import type { Leases } from '../../src/domain/decision.ts'
import type { Period } from '../../src/domain/limits.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import type { Claim, Home, LimitOwner, Store } from '../../src/store/port.ts'

/** A gate of the load; the one that dies stops renewing and gives nothing back. */
export interface LoadStore {
  readonly store: Pick<Store, 'limiter'>
  readonly diesAfterS?: number
}

export interface Load {
  readonly gates: readonly LoadStore[]
  readonly seconds: number
  readonly leaseMs: number
  readonly tenants: number
  readonly keysPerTenant: number
  /** Placing calls at once, spread over the gates. */
  readonly clients: number
}

/** One admission as the clients saw it: asked, answered, and over. */
interface Admission {
  readonly owners: readonly Owner[]
  readonly askedMs: number
  readonly takenMs: number
  /** When its slot was given back or, at a gate that died, could first have lapsed. */
  freedMs: number
  costMicros: number
  readonly e164: string
}

/** Whose limits they are, and what they are. */
interface Owner {
  readonly owner: LimitOwner
  readonly perSecondMax: number
  readonly burst: number
  readonly slotsMax: number
  readonly perMinuteMax: number
  readonly perHourMax: number
  readonly perDayMax: number
  readonly perCalleeMax: number
  readonly capMicros: number
}

export interface LoadReport {
  readonly admitted: number
  readonly refused: number
  readonly admissions: readonly Admission[]
  /** Slots that were still taken when every call was over and every lease had lapsed. */
  readonly lostSlotsAtEnd: number
  /** How long after a gate's death its last slot was free again. */
  readonly slotsBackAfterMs: number
  readonly spent: ReadonlyMap<Owner, number>
}

const day: Period = { unit: 'day', name: 'load', endsAtMs: Date.now() + 86_400_000 }
const random = systemRandom()
const holdMsMax = 400
/** So few that each is called too often. */
const callees = 30
const reserveMicros = 60

/** Places calls of many keys through the gates, as quickly as eight clients can. */
export async function loadFor(load: Load): Promise<LoadReport> {
  const tenants = tenantsOf(load)
  const run = new LoadRun(load)
  const ends = performance.now() + load.seconds * 1000
  const clients = Array.from({ length: load.clients }, (_, at) =>
    run.client(at % load.gates.length, tenants, ends),
  )
  using _heartbeat = run.heartbeat()
  await Promise.all(clients)
  await run.finish()
  return run.report(tenants)
}

interface TenantOwners {
  readonly home: Home
  readonly tenant: Owner
  readonly keys: readonly Owner[]
}

/** Limits of every size, so that now this and now that one is the narrowest. */
function tenantsOf({ tenants, keysPerTenant, seconds }: Load): TenantOwners[] {
  // What is counted over a long time lasts as long as the load does.
  const longer = Math.ceil(seconds / 4)
  return Array.from({ length: tenants }, (_, t) => {
    const id = `tenant-${t}`
    const keys = Array.from({ length: keysPerTenant }, (_, k) =>
      ownerOf({ level: 'key', id: `key-${t}-${k}` }, 1 + ((t + k) % 3), longer),
    )
    const home = { level: 'tenant', id } as const
    return { home, tenant: ownerOf(home, 2 + (t % 5), longer), keys }
  })
}

function ownerOf(owner: LimitOwner, size: number, longer: number): Owner {
  const [perSecondMax, burst, slotsMax] = [size, (size * 2) % 3, 1 + (size % 3)]
  // Below what the rate lets through in the time; now the minute is the narrowest, now the hour or the day.
  const span = (at: number) => (3 + ((size + at) % 3)) * size * longer
  const [perMinuteMax, perHourMax, perDayMax] = [span(0), span(1), span(2)]
  const [perCalleeMax, capMicros] = [longer, 100 * size * longer]
  return {
    owner,
    perSecondMax,
    burst,
    slotsMax,
    capMicros,
    perMinuteMax,
    perHourMax,
    perDayMax,
    perCalleeMax,
  }
}

class LoadRun {
  readonly #load: Load
  readonly #beganMs = performance.now()
  readonly #admissions: Admission[] = []
  readonly #running: (readonly [Promise<void>, () => boolean])[] = []
  readonly #held = new Map<LoadStore, Set<Leases>>()
  readonly #homes: { readonly home: Home; readonly owner: LimitOwner }[] = []
  #refused = 0
  #calls = 0
  #lostSlotsAtEnd = 0
  #slotsBackAfterMs = 0

  constructor(load: Load) {
    this.#load = load
    for (const gate of load.gates) this.#held.set(gate, new Set())
  }

  async client(gateAt: number, tenants: readonly TenantOwners[], endsMs: number): Promise<void> {
    const gate = this.#load.gates[gateAt]
    while (gate && performance.now() < endsMs && !this.#isDead(gate)) {
      const tenant = tenants[random.below(tenants.length)]
      const key = tenant?.keys[random.below(tenant.keys.length)]
      if (tenant && key) await this.#place(gate, tenant, key)
      // The embedded store answers within one turn: others want theirs.
      await nextTurn()
    }
  }

  heartbeat(): Disposable {
    const { leaseMs } = this.#load
    const timer = setInterval(() => {
      for (const [gate, leases] of this.#held) {
        if (!this.#isDead(gate))
          gate.store.limiter.renew([...leases], leaseMs).catch(() => undefined)
      }
    }, leaseMs / 3)
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }

  /** Waits for the calls that can end, and then for the leases of those that cannot. */
  async finish(): Promise<void> {
    await Promise.all(this.#running.map(([ended]) => ended))
    const endedMs = performance.now()
    const { leaseMs, gates } = this.#load
    const alive = gates.find((gate) => gate.diesAfterS === undefined)
    const taken = async () => {
      const owners = new Set(this.#admissions.flatMap(({ owners: all }) => all))
      const counts = await Promise.all(
        [...owners].map(({ owner }) => {
          const home = this.#homes.find((known) => known.owner === owner)?.home
          return home ? (alive?.store.limiter.running(home, owner) ?? 0) : 0
        }),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    }
    while ((await taken()) > 0 && performance.now() < endedMs + 2 * leaseMs) await delay(20)
    const diesAfterS = gates.find((gate) => gate.diesAfterS !== undefined)?.diesAfterS
    this.#lostSlotsAtEnd = await taken()
    this.#slotsBackAfterMs =
      diesAfterS === undefined ? 0 : performance.now() - this.#beganMs - diesAfterS * 1000
  }

  async report(tenants: readonly TenantOwners[]): Promise<LoadReport> {
    const spent = new Map<Owner, number>()
    const alive = this.#load.gates.find((gate) => gate.diesAfterS === undefined)
    for (const { home, tenant, keys } of tenants) {
      for (const each of [tenant, ...keys]) {
        const budget = { owner: each.owner, period: day, currency: 'USD' }
        spent.set(each, (await alive?.store.limiter.spentMicros(home, budget)) ?? 0)
      }
    }
    return {
      admitted: this.#admissions.length,
      refused: this.#refused,
      admissions: this.#admissions,
      lostSlotsAtEnd: this.#lostSlotsAtEnd,
      slotsBackAfterMs: this.#slotsBackAfterMs,
      spent,
    }
  }

  #isDead({ diesAfterS }: LoadStore): boolean {
    return diesAfterS !== undefined && performance.now() > this.#beganMs + diesAfterS * 1000
  }

  async #place(gate: LoadStore, { home, tenant }: TenantOwners, key: Owner): Promise<void> {
    const askedMs = performance.now()
    const owners = [key, tenant]
    const e164 = `+1312555${1_000 + random.below(callees)}`
    const { leaseMs } = this.#load
    const result = await gate.store.limiter.take({
      callId: `${this.#load.gates.indexOf(gate)}-${this.#calls++}` as CallId,
      part: 'admission',
      home,
      claims: owners.flatMap((owner) => claimsOf(owner, e164)),
      leaseMs,
      whenLost: 'refuse',
    })
    if (!result.taken) {
      this.#refused++
      return
    }
    for (const { owner } of owners) this.#homes.push({ home, owner })
    const takenMs = performance.now()
    // The server may have counted from the moment it was asked.
    const freedMs = askedMs + leaseMs
    const admission = { owners, askedMs, takenMs, freedMs, costMicros: reserveMicros, e164 }
    this.#admissions.push(admission)
    this.#held.get(gate)?.add(result.leases)
    this.#running.push([this.#end(gate, admission, result.leases), () => this.#isDead(gate)])
  }

  async #end(gate: LoadStore, admission: Admission, leases: Leases): Promise<void> {
    await delay(random.below(holdMsMax))
    if (this.#isDead(gate)) return
    admission.costMicros = random.below(reserveMicros + 1)
    // From the moment it is asked for the slot may be somebody else's.
    admission.freedMs = performance.now()
    this.#held.get(gate)?.delete(leases)
    await gate.store.limiter.release(leases, admission.costMicros)
  }
}

function claimsOf(limits: Owner, e164: string): Claim[] {
  const { owner, perSecondMax, burst, slotsMax, perCalleeMax, capMicros } = limits
  return [
    { kind: 'rate', owner, perSecondMax, burst },
    { kind: 'window', owner, window: 'minute', callsMax: limits.perMinuteMax },
    { kind: 'window', owner, window: 'hour', callsMax: limits.perHourMax },
    { kind: 'concurrency', owner, slotsMax },
    { kind: 'period', owner, period: day, callsMax: limits.perDayMax },
    { kind: 'callee', owner, e164, window: '24h', attemptsMax: perCalleeMax },
    { kind: 'budget', owner, period: day, currency: 'USD', capMicros, reserveMicros },
  ]
}

/**
 * Every limit that more calls were in than it allows. A client knows the moment of an admission only to
 * lie between its question and its answer: counted is what must have been in one second or held at
 * one moment whichever it was.
 */
export function excesses({ admissions, spent }: LoadReport): string[] {
  const byOwner = new Map<Owner, Admission[]>()
  for (const admission of admissions) {
    for (const owner of admission.owners) {
      const list = byOwner.get(owner) ?? []
      byOwner.set(owner, list)
      list.push(admission)
    }
  }
  const found: string[] = []
  for (const [limits, own] of byOwner) {
    const { owner, perSecondMax, burst, slotsMax, capMicros } = limits
    const say = (what: string, seen: number, max: number) => {
      if (seen > max) found.push(`${owner.level} ${owner.id}: ${what} ${seen} of ${max}`)
    }
    for (const seconds of [1, 2, 3]) {
      say(`${seconds} s`, mostWithin(own, seconds * 1000), seconds * perSecondMax + burst)
    }
    say('a minute', mostWithin(own, 60_000), limits.perMinuteMax)
    say('an hour', own.length, limits.perHourMax)
    say('at once', mostAtOnce(own), slotsMax)
    say('a day', own.length, limits.perDayMax)
    for (const called of Map.groupBy(own, ({ e164 }) => e164).values()) {
      say(`to ${called[0]?.e164}`, called.length, limits.perCalleeMax)
    }
    const costs = own.reduce((sum, { costMicros }) => sum + costMicros, 0)
    say('micros spent', spent.get(limits) ?? 0, capMicros)
    say('micros of difference', Math.abs(costs - (spent.get(limits) ?? 0)), 0)
  }
  return found
}

/** The most admissions that surely lie within one span. */
function mostWithin(own: readonly Admission[], spanMs: number): number {
  const surely = own.map(
    (first) =>
      own.filter(
        ({ askedMs, takenMs }) => askedMs >= first.askedMs && takenMs < first.askedMs + spanMs,
      ).length,
  )
  return Math.max(0, ...surely)
}

/** The most that surely held a slot at one moment. */
function mostAtOnce(own: readonly Admission[]): number {
  const surely = own.map(
    ({ takenMs: atMs }) =>
      own.filter(({ takenMs, freedMs }) => takenMs <= atMs && freedMs > atMs).length,
  )
  return Math.max(0, ...surely)
}
