import { askStore } from '../admission/ask-store.ts'
import { limitNameOf } from '../admission/claim-words.ts'
import { giveBack } from '../admission/give-back.ts'
import type { CallId } from '../domain/attempt.ts'
import type { Candidate, CarrierCandidate } from '../domain/carrier.ts'
import type { Granted, Leases } from '../domain/decision.ts'
import { costMicros, type Rate } from '../domain/money.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Fullness, Taken } from '../relay/relayed-call.ts'
import type { Claim, Unmet } from '../store/port.ts'
import { BudgetKeeper } from './budget-keeper.ts'
import { claimsFor, pricelessLimit } from './candidate-claims.ts'
import type { Place } from './registry.ts'
import type { Stages } from './stages.ts'

export interface CandidateTaking {
  readonly stages: Pick<Stages, 'limits' | 'clock' | 'logger'>
  readonly place: Pick<Place, 'hold' | 'control'>
  readonly callId: CallId
  readonly grant: Granted
}

const nothingHeld: Taken = { room: { [Symbol.asyncDispose]: async () => undefined } }

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
   * leaves it; none where it is full, or where nobody can tell. An emergency is stopped by no limit.
   */
  async take(candidate: Candidate, nth: number): Promise<Taken> {
    this.#room = undefined
    const { grant, stages } = this.#taking
    // A trunk's own limits were taken at admission.
    if (candidate.carrierId === undefined) return nothingHeld
    const { limits, clock } = stages
    const wanted = claimsFor(candidate, grant, { ...limits, nowMs: clock.now() })
    if (wanted === 'free') return nothingHeld
    if (wanted === 'priceless') {
      return this.#full(candidate, { limit: pricelessLimit })
    }
    const result = await this.#ask(candidate, wanted.claims, nth)
    if (!result) return { room: undefined, full: {} }
    if (result.taken) return this.#hold(result.leases, wanted.rate)
    return this.#full(candidate, fullnessOf(result))
  }

  /** The candidate that was taken last has answered: from now on it costs. */
  answered(): void {
    this.#room?.answered()
  }

  async #ask({ carrierId }: CarrierCandidate, claims: readonly Claim[], nth: number) {
    const { stages, callId, grant } = this.#taking
    const { limits, clock } = stages
    const request = {
      callId,
      part: `dial-${nth}`,
      home: { level: 'carrier', id: carrierId },
      claims,
      leaseMs: limits.leaseMs,
      whenLost: grant.policy.whenStoreLost ?? 'refuse',
    } as const
    const patience = { clock, storeTimeoutMs: limits.storeTimeoutMs }
    try {
      return await askStore(patience, () => limits.limiter.take(request), giveBack)
    } catch (error) {
      const cause = messageOf(error)
      stages.logger.error({ callId, cause }, 'the limits of a carrier could not be asked')
      return undefined
    }
  }

  #hold(leases: Leases, rate: Rate | undefined): Taken {
    const room = new Room(this.#taking, leases, rate)
    this.#room = room
    return { room }
  }

  #full({ carrierId, gateway }: CarrierCandidate, full: Fullness): Taken {
    const { stages, callId } = this.#taking
    const about = { callId, carrierId, gatewayId: gateway.id, ...full }
    stages.logger.info(about, 'a gateway without room was passed over')
    const { freesInMs = Number.POSITIVE_INFINITY } = full
    if (freesInMs < (this.#soonest?.freesInMs ?? Number.POSITIVE_INFINITY)) this.#soonest = full
    this.#soonest ??= full
    return { room: undefined, full }
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
      limiter: limits.limiter,
      leases: this.#leases,
      rate: this.#rate,
      clock,
      logger,
      sliceMs: limits.budgetSliceS * 1000,
      control: place.control,
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

function fullnessOf({ claim, freesInMs }: Unmet): Fullness {
  return { limit: limitNameOf(claim), freesInMs }
}
