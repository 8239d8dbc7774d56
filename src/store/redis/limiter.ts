import type { Leases } from '../../domain/decision.ts'
import type { OptOut } from '../../domain/permission.ts'
import { Failure } from '../../kernel/failure.ts'
import { together } from '../../kernel/together.ts'
import type {
  Claim,
  ExtendResult,
  Limiter,
  PermittedTake,
  TakeRequest,
  TakeResult,
  Unmet,
} from '../port.ts'
import { RedisCounts, type RedisCountsParts, waitMs, writtenOf } from './counts.ts'
import { textOf } from './key-name.ts'
import { RedisLeases } from './leases.ts'
import { type Places, saidFrom } from './permissions.ts'

/** How many leases one script renews: it must not hold the server up. */
const renewedAtOnceMax = 50

/** Refused, taken or forbidden; which claim, and when it fits; an opt-out and a consent. */
type TakeAnswer = 1 | readonly [0 | 1 | 2, number?, string?, string?, string?]

const nothingSaid = saidFrom(undefined, undefined)

export interface RedisLimiterParts extends RedisCountsParts {
  /** What disposing of leases does. */
  readonly giveBack: (leases: RedisLeases) => Promise<void>
}

/** Counters and leases on a Redis server or cluster: every step is one script, one round trip. */
export class RedisLimiter extends RedisCounts implements Limiter {
  readonly #giveBack: RedisLimiterParts['giveBack']
  /** By the name of their lease. */
  readonly #live = new Map<string, RedisLeases>()

  constructor({ giveBack, ...parts }: RedisLimiterParts) {
    super(parts)
    this.#giveBack = giveBack
  }

  /** Leases that this gate has taken and not given back. */
  get live(): Iterable<RedisLeases> {
    return this.#live.values()
  }

  async take(request: TakeRequest): Promise<TakeResult> {
    const leases = this.leasesFor(request)
    return this.#resultOf((await this.runTake(leases, 'take')) as TakeAnswer, leases)
  }

  /** Takes where what is found in `places` permits it. */
  async takeWhere(request: TakeRequest, places: Places): Promise<PermittedTake> {
    const leases = this.leasesFor(request)
    return this.#permitted((await this.runTake(leases, 'take', places)) as TakeAnswer, leases)
  }

  /**
   * As `takeWhere`, while `asked` finds an opt-out somewhere else: the call waits for both at once, and
   * on an opt-out what was taken is undone.
   */
  async takeUnless(
    request: TakeRequest,
    places: Places,
    asked: Promise<OptOut | undefined>,
  ): Promise<PermittedTake> {
    const leases = this.leasesFor(request)
    // Both to their end: what is taken late must not be held by nobody.
    const [taking, asking] = await Promise.allSettled([
      this.runTake(leases, 'try', places) as Promise<TakeAnswer>,
      asked,
    ])
    if (taking.status === 'rejected') throw taking.reason
    if (asking.status === 'rejected') throw asking.reason
    const optOut = asking.value
    if (!optOut) return this.#permitted(taking.value, leases)
    if (isTaken(taking.value) && !this.#live.has(leases.leaseKey)) await this.#undo(leases)
    return { said: { optOut, consent: undefined }, result: undefined }
  }

  /** What a request would hold; whether it does, the server alone knows. */
  leasesFor(request: TakeRequest): RedisLeases {
    return new RedisLeases(request, this.parts.names, this.#giveBack)
  }

  /** Counts everything that a request wants without asking whether it fits: it was taken elsewhere. */
  async adopt(request: TakeRequest): Promise<RedisLeases> {
    const leases = this.leasesFor(request)
    await this.runTake(leases, 'force')
    return this.#hold(leases)
  }

  async renew(leases: readonly Leases[], leaseMs: number): Promise<void> {
    const renewals: Promise<void>[] = []
    for (const held of groupsOf(leases)) renewals.push(this.#renewGroup(held, leaseMs))
    await together(renewals)
  }

  async extend(leases: Leases, addMicros: number): Promise<ExtendResult> {
    if (!(leases instanceof RedisLeases) || leases.released) throw nothingHeld()
    const { leaseKey, budgetKeys, budgets } = leases
    const caps = budgets.flatMap(({ capMicros, period, extendsBeyondCap }) => [
      extendsBeyondCap ? Number.MAX_SAFE_INTEGER : capMicros,
      period.endsAtMs,
    ])
    const keys = [leaseKey, ...budgetKeys]
    const answer = await this.parts.scripts.run('extend', keys, [
      this.parts.nowUs(),
      addMicros,
      ...caps,
    ])
    const [taken, at, freesInMs] = answer as [number, number?, string?]
    if (taken === -1) throw nothingHeld()
    if (taken === 0) return unmet(budgets[(at ?? 0) - 1], freesInMs)
    leases.reservedMicros += addMicros
    return { taken: true }
  }

  async release(leases: Leases, costMicros = 0): Promise<void> {
    if (!(leases instanceof RedisLeases) || leases.released) return
    // Before the answer: a renewal that comes in between must not bring it back.
    leases.released = true
    const { leaseKey, slotKeys, budgetKeys, id } = leases
    try {
      const keys = [leaseKey, ...slotKeys, ...budgetKeys]
      await this.parts.scripts.run('release', keys, [id, slotKeys.length, costMicros])
      if (this.#live.get(leaseKey) === leases) this.#live.delete(leaseKey)
    } catch (error) {
      leases.released = false
      throw error
    }
  }

  #permitted(answer: TakeAnswer, leases: RedisLeases): PermittedTake {
    if (answer === 1) return { said: nothingSaid, result: this.#resultOf(answer, leases) }
    const said = saidFrom(answer[3], answer[4])
    return { said, result: answer[0] === 2 ? undefined : this.#resultOf(answer, leases) }
  }

  async #undo({ leaseKey, counterKeys, id, request }: RedisLeases): Promise<void> {
    const keys = [leaseKey, ...counterKeys]
    await this.parts.scripts.run('undo', keys, [id, writtenOf(request.claims)])
  }

  #resultOf(answer: TakeAnswer, leases: RedisLeases): TakeResult {
    if (isTaken(answer)) return { taken: true, leases: this.#hold(leases) }
    const [, at, freesInMs] = answer
    return unmet(leases.request.claims[(at ?? 0) - 1], freesInMs)
  }

  /** One handle for one part of a call, however often it was taken. */
  #hold(leases: RedisLeases): RedisLeases {
    const known = this.#live.get(leases.leaseKey)
    if (known && !known.released) return known
    this.#live.set(leases.leaseKey, leases)
    return leases
  }

  async #renewGroup(group: readonly RedisLeases[], leaseMs: number): Promise<void> {
    const keys = [...new Set(group.flatMap(({ slotKeys }) => slotKeys.map(textOf)))]
    if (keys.length === 0) return
    const places = new Map(keys.map((key, at) => [key, at + 1]))
    const args: (string | number)[] = [this.parts.nowUs(), leaseMs]
    for (const { id, slotKeys } of group) {
      args.push(id, slotKeys.length, ...slotKeys.map((key) => places.get(textOf(key)) ?? 0))
    }
    const lapsed = (await this.parts.scripts.run('renew', keys, args)) as string[]
    const ids = new Set(lapsed)
    await Promise.all(
      group.filter(({ id }) => ids.has(id)).map((held) => this.#restore(held, leaseMs)),
    )
  }

  async #restore(leases: RedisLeases, leaseMs: number): Promise<void> {
    if (leases.released) return
    const { id, leaseKey, slotKeys, budgetKeys, reservedMicros } = leases
    const keys = [leaseKey, ...slotKeys, ...budgetKeys]
    const args = [this.parts.nowUs(), leaseMs, id, slotKeys.length, reservedMicros]
    await this.parts.scripts.run('restore', keys, args)
  }
}

/** Leases with slots, by their home, so many together as one script renews. */
function groupsOf(leases: readonly Leases[]): RedisLeases[][] {
  const groups: RedisLeases[][] = []
  const open = new Map<string, RedisLeases[]>()
  for (const held of leases) {
    if (!(held instanceof RedisLeases) || held.released || held.slotKeys.length === 0) continue
    const { level, id } = held.request.home
    const known = open.get(`${level}:${id}`)
    const group = known && known.length < renewedAtOnceMax ? known : []
    if (group !== known) {
      groups.push(group)
      open.set(`${level}:${id}`, group)
    }
    group.push(held)
  }
  return groups
}

function isTaken(answer: TakeAnswer): answer is 1 | readonly [1] {
  return answer === 1 || answer[0] === 1
}

function unmet(claim: Claim | undefined, freesInMs: string | undefined): Unmet {
  if (!claim) throw new Failure('store_unavailable', 'Redis gave an impossible answer')
  return { taken: false, claim, freesInMs: waitMs(freesInMs) }
}

function nothingHeld(): Failure {
  return new Failure('store_unavailable', 'the call holds nothing')
}
