import type { CallId } from '../../domain/attempt.ts'
import type { Leases } from '../../domain/decision.ts'
import type { Clock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Claim, Limiter, LimitOwner, TakeRequest, TakeResult } from '../port.ts'
import type { DailyCount, DailyCounts } from './daily-counts.ts'
import { RateWindow } from './rate-window.ts'
import { type Hold, Slots } from './slots.ts'

/** How often expired holds, idle owners and old days are cleared away. */
const sweepPeriodMs = 30_000
const prunePeriodMs = 3_600_000
/** Past these nothing more is taken: a gate that holds so much has lost its bearings. */
const holdsMax = 100_000
const ownersMax = 100_000

/** All that is counted for one owner. */
interface Owner {
  readonly name: string
  rate: RateWindow | undefined
  readonly slots: Slots
  day: string
  callsOfDay: number
}

/** What one call holds, and where. */
interface HeldCall extends Hold {
  readonly leases: Leases
  readonly slots: readonly Slots[]
}

/**
 * Limits in the memory of one process; only the counts of the day outlive it, because the running
 * calls and the last second end with it. A take runs to its end in one turn of the event loop.
 */
export class EmbeddedLimiter implements Limiter {
  readonly #clock: Clock
  readonly #daily: DailyCounts
  readonly #owners = new Map<string, Owner>()
  readonly #held = new Map<CallId, HeldCall>()
  #prunedAtMs = -Infinity

  constructor(clock: Clock, daily: DailyCounts) {
    this.#clock = clock
    this.#daily = daily
  }

  /** Clears away what is over, now and then every half a minute; the result stops it. */
  startSweeping(): Disposable {
    this.#sweep()
    const timer = this.#clock.every(sweepPeriodMs, () => this.#sweep())
    return { [Symbol.dispose]: () => timer.cancel() }
  }

  /** How much it remembers now: a leak shows here. */
  get sizes(): { readonly owners: number; readonly calls: number } {
    return { owners: this.#owners.size, calls: this.#held.size }
  }

  async take(request: TakeRequest): Promise<TakeResult> {
    const nowMs = this.#clock.monotonic()
    const held = this.#held.get(request.callId)
    if (held && held.expiresAtMs > nowMs) return { taken: true, leases: held.leases }
    if (held) this.#drop(request.callId, held)
    if (this.#held.size >= holdsMax) throw new Failure('store_unavailable', 'too many calls held')

    for (const claim of request.claims) {
      const refused = this.#refusal(claim, nowMs)
      if (refused) return refused
    }
    this.#countDaily(request.claims)
    return { taken: true, leases: this.#hold(request, nowMs) }
  }

  async renew(callIds: readonly CallId[], leaseMs: number): Promise<void> {
    const nowMs = this.#clock.monotonic()
    for (const callId of callIds) {
      const held = this.#held.get(callId)
      if (held && held.expiresAtMs > nowMs) held.expiresAtMs = nowMs + leaseMs
    }
  }

  async release(callId: CallId): Promise<void> {
    const held = this.#held.get(callId)
    if (held) this.#drop(callId, held)
  }

  async running(owner: LimitOwner): Promise<number> {
    return this.#owners.get(nameOf(owner))?.slots.used(this.#clock.monotonic()) ?? 0
  }

  /** Undefined when the claim can be met; changes nothing. */
  #refusal(claim: Claim, nowMs: number): TakeResult | undefined {
    const owner = this.#owner(claim.owner)
    switch (claim.kind) {
      case 'rate': {
        owner.rate =
          owner.rate?.withLimits(claim.perSecondMax, claim.burst) ??
          new RateWindow(claim.perSecondMax, claim.burst)
        const freesInMs = owner.rate.freesInMs(nowMs)
        return freesInMs === 0 ? undefined : { taken: false, claim, freesInMs }
      }
      case 'concurrency': {
        const free = owner.slots.used(nowMs) < claim.slotsMax
        return free ? undefined : { taken: false, claim, freesInMs: undefined }
      }
      case 'daily': {
        if (this.#callsOfDay(owner, claim.day) < claim.callsMax) return undefined
        const freesInMs = Math.max(0, claim.dayEndsAtMs - this.#clock.now())
        return { taken: false, claim, freesInMs }
      }
    }
  }

  /** The file first: when it cannot be written nothing is taken at all. */
  #countDaily(claims: readonly Claim[]): void {
    const counts: DailyCount[] = []
    for (const claim of claims) {
      if (claim.kind !== 'daily') continue
      counts.push({ owner: nameOf(claim.owner), day: claim.day, dayEndsAtMs: claim.dayEndsAtMs })
    }
    if (counts.length === 0) return
    this.#daily.add(counts)
    for (const count of counts) {
      const owner = this.#owners.get(count.owner)
      if (owner) owner.callsOfDay += 1
    }
  }

  #hold(request: TakeRequest, nowMs: number): Leases {
    const { callId } = request
    const slots: Slots[] = []
    const leases = { callId, [Symbol.asyncDispose]: () => this.release(callId) }
    const held: HeldCall = { leases, slots, expiresAtMs: nowMs + request.leaseMs }
    for (const claim of request.claims) {
      const owner = this.#owner(claim.owner)
      if (claim.kind === 'rate') owner.rate?.book(nowMs)
      if (claim.kind !== 'concurrency') continue
      owner.slots.add(callId, held)
      slots.push(owner.slots)
    }
    this.#held.set(callId, held)
    return leases
  }

  #drop(callId: CallId, held: HeldCall): void {
    this.#held.delete(callId)
    for (const slots of held.slots) slots.remove(callId)
  }

  #callsOfDay(owner: Owner, day: string): number {
    if (owner.day !== day) {
      owner.callsOfDay = this.#daily.read(owner.name, day)
      owner.day = day
    }
    return owner.callsOfDay
  }

  #owner(limitOwner: LimitOwner): Owner {
    const name = nameOf(limitOwner)
    const known = this.#owners.get(name)
    if (known) return known
    if (this.#owners.size >= ownersMax) {
      throw new Failure('store_unavailable', 'too many owners of limits')
    }
    const owner: Owner = { name, rate: undefined, slots: new Slots(), day: '', callsOfDay: 0 }
    this.#owners.set(name, owner)
    return owner
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonic()
    for (const [callId, held] of this.#held) {
      if (held.expiresAtMs <= nowMs) this.#drop(callId, held)
    }
    for (const [name, owner] of this.#owners) {
      const idle = owner.slots.used(nowMs) === 0 && (owner.rate?.isIdle(nowMs) ?? true)
      if (idle) this.#owners.delete(name)
    }
    if (nowMs - this.#prunedAtMs >= prunePeriodMs) this.#prune(nowMs)
  }

  #prune(nowMs: number): void {
    this.#prunedAtMs = nowMs
    try {
      this.#daily.prune(this.#clock.now())
    } catch {
      // Old rows take nothing but space; a file that fails shows itself at the next take.
    }
  }
}

function nameOf(owner: LimitOwner): string {
  return `${owner.level}:${owner.id}`
}
