import { askStore } from '../admission/ask-store.ts'
import { limitOf } from '../admission/claim-words.ts'
import { addLimitClaims } from '../admission/limit-claims.ts'
import type { CallId } from '../domain/attempt.ts'
import type { Candidate, CarrierCandidate } from '../domain/carrier.ts'
import type { Granted, Leases } from '../domain/decision.ts'
import type { Limits } from '../domain/limits.ts'
import { costMicros, type Rate } from '../domain/money.ts'
import type { Claim, LimitOwner, TakeResult, Unmet } from '../store/port.ts'
import { BudgetKeeper } from './budget-keeper.ts'
import type { Place } from './registry.ts'
import type { Stages } from './stages.ts'

export interface CandidateTaking {
  readonly stages: Pick<Stages, 'limits' | 'clock' | 'logger'>
  readonly place: Pick<Place, 'hold' | 'control'>
  readonly callId: CallId
  readonly grant: Granted
}

/** Whose limit was full, which one, and when it frees, where that is known. */
export interface Fullness {
  readonly limit: string
  readonly freesInMs: number | undefined
}

const nothingHeld: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined }

/** What a call takes of its candidates' limits and their carriers', one candidate after the other. */
export class CandidateRooms {
  readonly #taking: CandidateTaking
  #room: Room | undefined
  #soonest: Fullness | undefined

  constructor(taking: CandidateTaking) {
    this.#taking = taking
  }

  /** Of the limits that were full the one that frees first; undefined where none was. */
  get soonest(): Fullness | undefined {
    return this.#soonest
  }

  /**
   * Takes what dialling the call's nth candidate needs, all of it or nothing, to be held until the call
   * leaves it; undefined where it is full, or where nobody can tell. An emergency is stopped by no limit.
   */
  async take(candidate: Candidate, nth: number): Promise<AsyncDisposable | undefined> {
    this.#room = undefined
    const { grant, stages } = this.#taking
    // A trunk's own limits were taken at admission.
    if (candidate.carrierId === undefined || !isLimited(candidate)) return nothingHeld
    if (!('e164' in grant.called)) return nothingHeld
    const rate = stages.limits.rateOf(grant.called.e164, stages.clock.now(), candidate)
    if (isPriceless(candidate, rate)) {
      this.#full(candidate, { limit: 'carrier, price', freesInMs: undefined })
      return undefined
    }
    const result = await this.#ask(candidate, rate, nth)
    if (!result) return undefined
    if (result.taken) return this.#hold(result.leases, isCosted(candidate) ? rate : undefined)
    this.#full(candidate, fullnessOf(result))
    return undefined
  }

  /** The candidate that was taken last has answered: from now on it costs. */
  answered(): void {
    this.#room?.answered()
  }

  async #ask(candidate: CarrierCandidate, rate: Rate | undefined, nth: number) {
    const { stages, callId, grant } = this.#taking
    const { limits, clock } = stages
    const request = {
      callId,
      part: `dial-${nth}`,
      home: { level: 'carrier', id: candidate.carrierId },
      claims: this.#claimsOf(candidate, rate),
      leaseMs: limits.leaseMs,
      whenLost: grant.policy.whenStoreLost ?? 'refuse',
    } as const
    const patience = { clock, storeTimeoutMs: limits.storeTimeoutMs }
    try {
      return await askStore(patience, () => limits.limiter.take(request), giveBack)
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      stages.logger.error({ callId, cause }, 'a carrier could not be asked for room')
      return undefined
    }
  }

  #claimsOf(candidate: CarrierCandidate, rate: Rate | undefined): Claim[] {
    const { stages, grant } = this.#taking
    const { limits, clock } = stages
    const terms = {
      periods: limits.periodsOf(clock.now(), candidate.timeZone ?? 'UTC'),
      e164: 'e164' in grant.called ? grant.called.e164 : '',
      rate,
      sliceMs: limits.budgetSliceS * 1000,
    }
    const claims: Claim[] = []
    for (const of of ownersOf(candidate)) addLimitClaims(claims, of, terms)
    return claims
  }

  #hold(leases: Leases, rate: Rate | undefined): AsyncDisposable {
    const room = new Room(this.#taking, leases, rate)
    this.#room = room
    return room
  }

  #full({ carrierId, gateway }: CarrierCandidate, full: Fullness): void {
    const { stages, callId } = this.#taking
    const about = { callId, carrierId, gatewayId: gateway.id, ...full }
    stages.logger.info(about, 'a gateway without room was passed over')
    const { freesInMs = Number.POSITIVE_INFINITY } = full
    if (freesInMs < (this.#soonest?.freesInMs ?? Number.POSITIVE_INFINITY)) this.#soonest = full
    this.#soonest ??= full
  }
}

/** What a call holds of a candidate's limits while it is dialled and, once answered, until it ends. */
class Room implements AsyncDisposable {
  readonly #taking: CandidateTaking
  readonly #leases: Leases
  readonly #rate: Rate | undefined
  readonly #kept: Disposable
  #keeper: BudgetKeeper | undefined
  #answeredMs: number | undefined

  /** `rate` where the carrier's money is limited. */
  constructor(taking: CandidateTaking, leases: Leases, rate: Rate | undefined) {
    this.#taking = taking
    this.#leases = leases
    this.#rate = rate
    this.#kept = taking.place.hold(leases)
  }

  answered(): void {
    if (!this.#rate) return
    const { stages, place } = this.#taking
    const { limits, clock, logger } = stages
    this.#answeredMs = clock.monotonic()
    this.#keeper = new BudgetKeeper({
      ...{ limiter: limits.limiter, leases: this.#leases, rate: this.#rate, clock, logger },
      ...{ sliceMs: limits.budgetSliceS * 1000, control: place.control },
      exceeded: 'carrier_budget_exceeded',
    })
    this.#keeper.answered()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#keeper?.[Symbol.dispose]()
    this.#kept[Symbol.dispose]()
    await this.#taking.stages.limits.limiter.release(this.#leases, this.#cost())
  }

  #cost(): number {
    if (!this.#rate || this.#answeredMs === undefined) return 0
    return costMicros(this.#rate, this.#taking.stages.clock.monotonic() - this.#answeredMs)
  }
}

interface Owned {
  readonly owner: LimitOwner
  readonly limits: Limits
}

/** The carrier first: of two limits that are full the wider one is named. */
function ownersOf({ carrierId, limits, gateway }: CarrierCandidate): Owned[] {
  const owners: Owned[] = []
  if (limits) owners.push({ owner: { level: 'carrier', id: carrierId }, limits })
  if (gateway.limits) {
    owners.push({ owner: { level: 'gateway', id: gateway.id }, limits: gateway.limits })
  }
  return owners
}

function isLimited({ limits, gateway }: CarrierCandidate): boolean {
  return limits !== undefined || gateway.limits !== undefined
}

function budgetsOf({ limits, gateway }: CarrierCandidate) {
  return [limits?.budget, gateway.limits?.budget].filter((budget) => budget !== undefined)
}

function isCosted(candidate: CarrierCandidate): boolean {
  return budgetsOf(candidate).length > 0
}

/** Whether its money is limited and nobody knows what the call would cost of it. */
function isPriceless(candidate: CarrierCandidate, rate: Rate | undefined): boolean {
  return budgetsOf(candidate).some(({ currency }) => currency !== rate?.currency)
}

function fullnessOf({ claim, freesInMs }: Unmet): Fullness {
  return { limit: `${claim.owner.level}, ${limitOf(claim)}`, freesInMs }
}

function giveBack(result: TakeResult): void {
  // What cannot be given back expires by itself.
  if (result.taken) Promise.resolve(result.leases[Symbol.asyncDispose]()).catch(() => undefined)
}
