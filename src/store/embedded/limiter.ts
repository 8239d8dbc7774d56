import type { Leases } from '../../domain/decision.ts'
import { BelievedClock } from '../../kernel/believed-clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import { settlingMs } from '../../kernel/held-clock.ts'
import type { Random } from '../../kernel/random.ts'
import { CalleeHash, calleeKeyBytes } from '../callee-hash.ts'
import { leasesId } from '../leases-id.ts'
import type {
  BudgetClaim,
  CalleeClaim,
  Claim,
  ExtendResult,
  Home,
  Limiter,
  LimitOwner,
  Standing,
  TakeRequest,
  TakeResult,
  Unmet,
} from '../port.ts'
import { attemptsMax, bucketsPerWindow, calleeWindowMs } from '../windows.ts'
import type { CountsFile, NewAttempt, TallyChange } from './counts-file.ts'
import { HeldLeases } from './leases.ts'
import { Owner, type Tallied, tallyOf } from './owner.ts'
import { Unsettled } from './unsettled.ts'

/** How often expired holds, idle owners and old days are cleared away. */
const sweepPeriodMs = 30_000
/** How often the file is told which moment is believed. */
const believePeriodMs = 3_600_000
/** Past these nothing more is taken: a gate that holds so much has lost its bearings. */
const holdsMax = 100_000
const ownersMax = 100_000

export interface EmbeddedLimiterParts {
  readonly clock: Clock
  readonly random: Random
  readonly file: CountsFile
}

/** One moment on both clocks: leases and rates go by the first, what the file keeps by the other. */
interface Moment {
  readonly nowMs: number
  readonly wallMs: number
}

/**
 * Limits in the memory of one process. The counts of longer windows outlive it in a file, because the
 * running calls and the last second end with it. A take runs to its end in one turn of the event loop.
 */
export class EmbeddedLimiter implements Limiter {
  readonly #clock: Clock
  readonly #file: CountsFile
  readonly #callees: CalleeHash
  /** Added to the monotonic clock it gives a wall clock that no one sets under way. */
  #wallOffsetMs: number
  #believed: BelievedClock
  /** What was believed at the start, and when that was by the monotonic clock. */
  readonly #start: { readonly believedMs: number; readonly steadyMs: number }
  /** Whether the wall clock was not believed when it was looked at last. */
  #isDoubted: boolean
  #rememberedMs: number
  readonly #owners = new Map<string, Owner>()
  /** Whose claim was looked at last: those of one owner come one after the other. */
  #latest: { readonly of: LimitOwner; readonly owner: Owner } | undefined
  readonly #held = new Map<string, HeldLeases>()
  readonly #unsettled = new Unsettled<readonly BudgetClaim[]>((claims) => this.#settle(claims))

  constructor({ clock, random, file }: EmbeddedLimiterParts) {
    this.#clock = clock
    this.#file = file
    const rememberedMs = file.believedMs()
    const believedMs = rememberedMs ?? clock.now()
    this.#believed = new BelievedClock(clock, believedMs)
    this.#start = { believedMs, steadyMs: clock.monotonic() }
    this.#rememberedMs = rememberedMs ?? Number.NEGATIVE_INFINITY
    const { nowMs, doubt } = this.#believed.look()
    this.#isDoubted = doubt !== undefined
    // By a clock of years ahead nobody was called lately; what was counted goes on where it was.
    this.#wallOffsetMs = (doubt ? believedMs : nowMs) - clock.monotonic()
    const key = file.secret('callee', () => random.bytes(calleeKeyBytes))
    this.#callees = new CalleeHash(key)
  }

  /** Clears away what is over, now and then every half a minute; the result stops it. */
  startSweeping(): Disposable {
    this.#sweep()
    const timer = this.#clock.every(sweepPeriodMs, () => this.#sweep())
    return {
      [Symbol.dispose]: () => {
        timer.cancel()
        this.#unsettled.settle()
      },
    }
  }

  /** How much it remembers now: a leak shows here. */
  get sizes(): { readonly owners: number; readonly calls: number } {
    return { owners: this.#owners.size, calls: this.#held.size }
  }

  async take(request: TakeRequest): Promise<TakeResult> {
    const moment = this.#moment()
    const held = this.#held.get(leasesId(request))
    if (held && held.expiresAtMs > moment.nowMs) return { taken: true, leases: held }
    if (held) this.#drop(held)
    if (this.#held.size >= holdsMax) throw new Failure('store_unavailable', 'too many calls held')
    if (request.claims.some(isOfPeriod)) this.#checkClock()

    for (const claim of request.claims) {
      const unmet = this.#unmet(claim, moment)
      if (unmet) return unmet
    }
    this.#count(request.claims, moment)
    return { taken: true, leases: this.#hold(request, moment.nowMs) }
  }

  async peek({ claims }: TakeRequest): Promise<readonly Standing[]> {
    const moment = this.#moment()
    return claims.map((claim) => ({
      claim,
      freesInMs: this.#freesInMs(claim, moment),
      used: this.#used(claim, moment),
    }))
  }

  async renew(leases: readonly Leases[], leaseMs: number): Promise<void> {
    const { nowMs } = this.#moment()
    for (const held of leases) {
      if (!(held instanceof HeldLeases) || held.released) continue
      const lapsed = held.expiresAtMs <= nowMs
      held.expiresAtMs = nowMs + leaseMs
      if (lapsed) this.#occupy(held)
    }
  }

  async extend(leases: Leases, addMicros: number): Promise<ExtendResult> {
    if (!(leases instanceof HeldLeases) || leases.released) {
      throw new Failure('store_unavailable', 'the call holds nothing')
    }
    const claims = leases.budgets.map((claim) => ({ ...claim, reserveMicros: addMicros }))
    const moment = this.#moment()
    for (const [at, claim] of claims.entries()) {
      const unmet = claim.extendsBeyondCap ? undefined : this.#unmet(claim, moment)
      if (unmet) return { ...unmet, claim: leases.budgets[at] ?? claim }
    }
    this.#count(claims, moment)
    leases.reservedMicros += addMicros
    return { taken: true }
  }

  async release(leases: Leases, costMicros = 0): Promise<void> {
    if (!(leases instanceof HeldLeases) || leases.released) return
    leases.released = true
    this.#drop(leases)
    const amount = costMicros - leases.reservedMicros
    if (amount === 0) return
    this.#unsettled.add(leases.budgets.map((claim) => ({ ...claim, reserveMicros: amount })))
  }

  async running(_home: Home, owner: LimitOwner): Promise<number> {
    return this.#owners.get(nameOf(owner))?.slots.used(this.#clock.monotonic()) ?? 0
  }

  async spentMicros(
    _home: Home,
    budget: Pick<BudgetClaim, 'owner' | 'period' | 'currency'>,
  ): Promise<number> {
    const name = `${nameOf(budget.owner)} ${budget.period.unit} ${budget.currency}`
    return this.#file.read(name, budget.period.name)
  }

  /** Days and months of a clock that has jumped far ahead begin at nothing: money would be spent again. */
  #checkClock(): void {
    if (this.#look().doubt?.why !== 'jumped_far') return
    throw new Failure(
      'store_unavailable',
      'the clock has jumped far ahead: nobody can tell the day',
    )
  }

  /** A machine may come up with a wrong clock: one that is set in the first minutes is as one at a start. */
  #look(): ReturnType<BelievedClock['look']> {
    const looked = this.#believed.look()
    const { believedMs, steadyMs } = this.#start
    const isSettling = this.#clock.monotonic() - steadyMs < settlingMs
    if (!isSettling || looked.doubt?.why !== 'jumped_far') return looked
    this.#believed = new BelievedClock(this.#clock, believedMs)
    return this.#believed.look()
  }

  #moment(): Moment {
    const nowMs = this.#clock.monotonic()
    return { nowMs, wallMs: nowMs + this.#wallOffsetMs }
  }

  /** Undefined when the claim can be met; changes nothing. */
  #unmet(claim: Claim, moment: Moment): Unmet | undefined {
    const freesInMs = this.#freesInMs(claim, moment)
    return freesInMs === 0 ? undefined : { taken: false, claim, freesInMs }
  }

  /** 0 when the claim can be met. */
  #freesInMs(claim: Claim, { nowMs, wallMs }: Moment): number | undefined {
    const owner = this.#owner(claim.owner)
    switch (claim.kind) {
      case 'rate':
        return owner.rate(claim.perSecondMax, claim.burst).freesInMs(nowMs)
      case 'window':
        return owner.window(claim.window).freesInMs(wallMs, claim.callsMax)
      case 'concurrency':
        return owner.slots.used(nowMs) < claim.slotsMax ? 0 : undefined
      case 'period':
      case 'budget':
      case 'use': {
        const { what, slot, amount, max } = tallyOf(claim)
        if (owner.counted(owner.tallyOf(what), slot) + amount <= max) return 0
        return claim.kind === 'use' ? undefined : Math.max(1, claim.period.endsAtMs - wallMs)
      }
      case 'callee':
        return this.#calleeFreesInMs(owner, claim, wallMs)
    }
  }

  #used(claim: Claim, { nowMs, wallMs }: Moment): number {
    const owner = this.#owner(claim.owner)
    switch (claim.kind) {
      case 'rate':
        return owner.rate(claim.perSecondMax, claim.burst).used(nowMs)
      case 'window':
        return owner.window(claim.window).used(wallMs)
      case 'concurrency':
        return owner.slots.used(nowMs)
      case 'period':
      case 'budget':
      case 'use': {
        const { what, slot } = tallyOf(claim)
        return owner.counted(owner.tallyOf(what), slot)
      }
      case 'callee': {
        const sinceMs = wallMs - calleeWindowMs[claim.window]
        return this.#file.attemptsSince(this.#attemptName(owner, claim), sinceMs)
      }
    }
  }

  #calleeFreesInMs(owner: Owner, claim: CalleeClaim, wallMs: number): number | undefined {
    const max = Math.floor(Math.min(claim.attemptsMax, attemptsMax))
    if (!(max >= 1)) return undefined
    // Most numbers were never called before: one question instead of one for each owner and window.
    if (this.#file.hasNoAttempt(`${this.#callees.of(claim.e164)} `)) return 0
    const blockingMs = this.#file.nthNewestMs(this.#attemptName(owner, claim), max)
    if (blockingMs === undefined) return 0
    return Math.max(0, blockingMs + calleeWindowMs[claim.window] - wallMs)
  }

  /** One for all windows: who was called when. The callee first: one call's attempts lie together. */
  #attemptName(owner: Owner, { e164 }: CalleeClaim): string {
    return `${this.#callees.of(e164)} ${owner.name}`
  }

  /** The file first: when it cannot be written nothing is taken at all. */
  #count(claims: readonly Claim[], moment: Moment): void {
    const { wallMs } = moment
    const tallies: TallyChange[] = []
    const attempts = new Map<string, NewAttempt>()
    for (const claim of claims) {
      const owner = this.#owner(claim.owner)
      if (claim.kind === 'window') tallies.push(windowChange(owner, claim.window, wallMs))
      if (isTallied(claim)) tallies.push(tallyChange(owner, claim))
      if (claim.kind !== 'callee') continue
      const endsAtMs = wallMs + calleeWindowMs[claim.window]
      const name = this.#attemptName(owner, claim)
      const known = attempts.get(name)
      if (!known || known.endsAtMs < endsAtMs) attempts.set(name, { name, atMs: wallMs, endsAtMs })
    }
    this.#file.write({ tallies, attempts: [...attempts.values()] })
    for (const claim of claims) this.#remember(claim, moment)
  }

  /** What the memory counts of a claim that was met. */
  #remember(claim: Claim, { nowMs, wallMs }: Moment): void {
    const owner = this.#owner(claim.owner)
    if (claim.kind === 'rate') owner.rate(claim.perSecondMax, claim.burst).book(nowMs)
    if (claim.kind === 'window') {
      const window = owner.window(claim.window)
      window.add(window.bucketAt(wallMs))
    }
    if (isTallied(claim)) rememberTally(owner, claim)
  }

  /** What the file cannot be told to give back counts as spent until it can. */
  #settle(claims: readonly BudgetClaim[]): void {
    const tallies = claims.map((claim) => tallyChange(this.#owner(claim.owner), claim))
    this.#file.write({ tallies, attempts: [] })
    for (const claim of claims) rememberTally(this.#owner(claim.owner), claim)
  }

  #hold(request: TakeRequest, nowMs: number): HeldLeases {
    const release = (leases: HeldLeases) => this.release(leases)
    const held = new HeldLeases(request, nowMs + request.leaseMs, release)
    this.#occupy(held)
    return held
  }

  #occupy(held: HeldLeases): void {
    this.#held.set(held.id, held)
    for (const { kind, owner } of held.request.claims) {
      if (kind === 'concurrency') this.#owner(owner).slots.add(held)
    }
  }

  #drop(held: HeldLeases): void {
    if (this.#held.get(held.id) === held) this.#held.delete(held.id)
    for (const { kind, owner } of held.request.claims) {
      if (kind === 'concurrency') this.#owners.get(nameOf(owner))?.slots.remove(held)
    }
  }

  #owner(limitOwner: LimitOwner): Owner {
    if (this.#latest?.of === limitOwner) return this.#latest.owner
    const owner = this.#ownerNamed(nameOf(limitOwner))
    this.#latest = { of: limitOwner, owner }
    return owner
  }

  #ownerNamed(name: string): Owner {
    const known = this.#owners.get(name)
    if (known) return known
    if (this.#owners.size >= ownersMax) {
      throw new Failure('store_unavailable', 'too many owners of limits')
    }
    const owner = new Owner(name, this.#file)
    this.#owners.set(name, owner)
    return owner
  }

  #sweep(): void {
    const { nowMs, wallMs } = this.#moment()
    for (const held of this.#held.values()) if (held.expiresAtMs <= nowMs) this.#drop(held)
    this.#latest = undefined
    for (const [name, owner] of this.#owners) {
      if (owner.isIdle(nowMs, wallMs)) this.#owners.delete(name)
    }
    this.#unsettled.settle()
    try {
      this.#prune()
    } catch {
      // Old rows take nothing but space; a file that fails shows itself at the next take.
    }
  }

  /** Nothing is forgotten by a clock that is not believed; once it is, moments are counted by it again. */
  #prune(): void {
    const { nowMs, doubt } = this.#look()
    if (!doubt && this.#isDoubted) this.#wallOffsetMs = nowMs - this.#clock.monotonic()
    this.#isDoubted = doubt !== undefined
    if (doubt) return
    this.#file.prune(Math.min(nowMs, this.#moment().wallMs))
    if (Math.abs(nowMs - this.#rememberedMs) < believePeriodMs) return
    this.#file.believe(nowMs)
    this.#rememberedMs = nowMs
  }
}

function windowChange(owner: Owner, window: 'minute' | 'hour', wallMs: number): TallyChange {
  const counts = owner.window(window)
  const bucket = counts.bucketAt(wallMs)
  const endsAtMs = counts.endsAtMs(bucket)
  // The parts of a window take turns in as many slots: old ones need not be cleared away.
  const slot = String(bucket % (bucketsPerWindow + 1))
  return { name: owner.tallyOf(window), slot, amount: 1, endsAtMs }
}

function isOfPeriod({ kind }: Claim): boolean {
  return kind === 'period' || kind === 'budget'
}

function isTallied(claim: Claim): claim is Tallied {
  return claim.kind === 'period' || claim.kind === 'budget' || claim.kind === 'use'
}

function tallyChange(owner: Owner, claim: Tallied): TallyChange {
  const { what, slot, amount, endsAtMs } = tallyOf(claim)
  return { name: owner.tallyOf(what), slot, amount, endsAtMs }
}

function rememberTally(owner: Owner, claim: Tallied): void {
  const { what, slot, amount } = tallyOf(claim)
  owner.count(owner.tallyOf(what), slot, amount)
}

function nameOf(owner: LimitOwner): string {
  return `${owner.level}:${owner.id}`
}
