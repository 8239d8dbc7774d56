import type { CallId } from '../domain/attempt.ts'
import type { Leases } from '../domain/decision.ts'
import type { KeyId } from '../domain/key.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Clock, Timer } from '../kernel/clock.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import { CallControl } from '../relay/call-control.ts'
import type { Limiter } from '../store/port.ts'

/** Whose call it is. */
export interface Holder {
  /** Undefined: no key has placed it. */
  readonly keyId: KeyId | undefined
  readonly tenantId: TenantId
}

/** A call's place among the calls in progress, from its INVITE to its end. */
export interface Place extends Disposable {
  readonly control: CallControl
  /** Why there was none but for an emergency; undefined: it is any call's. */
  readonly emergencyOnly: NoPlace | undefined
  /** From now on it is an emergency: the deadline of a drain does not end it. */
  markEmergency(): void
  /** Whose call it is: it ends when they may not call any more. */
  belongsTo(holder: Holder): void
  /** Keeps leases of the call alive from now on, until the result is disposed of or the call ends. */
  hold(leases: Leases): Disposable
}

/** Why there is no place. */
export type NoPlace = 'node_draining' | 'node_overloaded'

export interface RegistryOptions {
  readonly clock: Clock
  readonly limiter: Pick<Limiter, 'renew'>
  readonly logger: Logger
  /** How long a lease lives without renewal. */
  readonly leaseMs: number
  /** Calls in progress at once, those not yet decided included. */
  readonly callsMax: number
}

/** A call in progress, for who looks after calls. */
export interface CallInProgress {
  readonly id: CallId
  /** Wall time of its INVITE. */
  readonly sinceMs: number
  /** Undefined until it is known. */
  readonly holder: Holder | undefined
  readonly isEmergency: boolean
}

interface Entry {
  readonly sinceMs: number
  readonly control: CallControl
  readonly leases: Set<Leases>
  holder: Holder | undefined
  isEmergency: boolean
}

/** A lease is renewed this many times in its life, so that two renewals may fail. */
const renewalsPerLease = 3
/** Calls that may be emergencies have so many places beyond the others', and while a drain goes on. */
export const emergencyPlacesMax = 50
/** How long emergency calls may go on after the deadline of a drain. */
export const emergencyPatienceMs = 600_000
/** How long calls may take to end once they have been told to. */
const hangUpGraceMs = 2_000

/** The calls in progress: bounds them, keeps their leases alive, and ends them at a drain. */
export class CallRegistry implements Disposable {
  readonly #options: RegistryOptions
  readonly #places = new Map<CallId, Entry>()
  readonly #heartbeat: Timer
  #renewing = false
  #draining = false
  /** Those who wait for the last call to end. */
  readonly #waiting = new Set<() => void>()

  constructor(options: RegistryOptions) {
    this.#options = options
    const periodMs = Math.floor(options.leaseMs / renewalsPerLease)
    this.#heartbeat = options.clock.every(periodMs, () => void this.#renew())
  }

  /** Calls in progress. */
  get size(): number {
    return this.#places.size
  }

  /** Leases that are kept alive. */
  get leases(): number {
    return [...this.#places.values()].reduce((sum, { leases }) => sum + leases.size, 0)
  }

  /** Whether a further call would find a place. */
  get accepting(): boolean {
    return this.#noPlace() === undefined
  }

  /** Gives the call its place, or says why there is none; one that may be an emergency waits for none. */
  enter(id: CallId, mayBeEmergency = false): Place | NoPlace {
    const obstacle = this.#noPlace()
    const isFull = this.#places.size >= this.#options.callsMax + emergencyPlacesMax
    if (obstacle && (!mayBeEmergency || isFull)) return obstacle
    const control = new CallControl()
    const sinceMs = this.#options.clock.now()
    const fresh = { holder: undefined, isEmergency: false }
    const entry: Entry = { sinceMs, control, leases: new Set(), ...fresh }
    this.#places.set(id, entry)
    return {
      control,
      emergencyOnly: obstacle,
      markEmergency: () => {
        entry.isEmergency = true
      },
      belongsTo: (holder) => {
        entry.holder = holder
      },
      hold: (leases) => {
        entry.leases.add(leases)
        return { [Symbol.dispose]: () => void entry.leases.delete(leases) }
      },
      [Symbol.dispose]: () => this.#leave(id),
    }
  }

  /** The calls in progress, the oldest first. */
  list(): readonly CallInProgress[] {
    return [...this.#places].map(([id, { sinceMs, holder, isEmergency }]) => {
      return { id, sinceMs, holder, isEmergency }
    })
  }

  /** Ends one call for this cause; false where it is not in progress, or an emergency. */
  end(id: CallId, cause: string): boolean {
    const entry = this.#places.get(id)
    if (!entry || entry.isEmergency) return false
    entry.control.hangUp(cause)
    return true
  }

  /** Ends every call of the holders named, for this cause; answers how many there were. */
  hangUp(cause: string, whose: Partial<Holder>): number {
    let count = 0
    for (const { control, holder } of [...this.#places.values()]) {
      if (!holder) continue
      const isOfKey = holder.keyId !== undefined && holder.keyId === whose.keyId
      if (!isOfKey && holder.tenantId !== whose.tenantId) continue
      control.hangUp(cause)
      count++
    }
    return count
  }

  /**
   * Takes no further calls, waits for those in progress, and hangs up those that are left after
   * `patienceMs`, emergencies ten minutes later; all at once where there is no patience. Resolves when
   * all have ended, or a moment later.
   */
  async drain(patienceMs: number): Promise<void> {
    this.#draining = true
    await this.#emptyWithin(patienceMs)
    const entries = () => [...this.#places.values()]
    const hasEmergency = patienceMs > 0 && entries().some(({ isEmergency }) => isEmergency)
    for (const entry of entries()) {
      if (!hasEmergency || !entry.isEmergency) entry.control.hangUp('drained')
    }
    if (hasEmergency) {
      await this.#emptyWithin(emergencyPatienceMs)
      for (const { control } of entries()) control.hangUp('drained')
    }
    await this.#emptyWithin(hangUpGraceMs)
  }

  [Symbol.dispose](): void {
    this.#heartbeat.cancel()
  }

  #noPlace(): NoPlace | undefined {
    if (this.#draining) return 'node_draining'
    return this.#places.size >= this.#options.callsMax ? 'node_overloaded' : undefined
  }

  #leave(id: CallId): void {
    this.#places.delete(id)
    if (this.#places.size === 0) for (const over of this.#waiting) over()
  }

  #emptyWithin(patienceMs: number): Promise<void> {
    if (this.#places.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const over = () => {
        timer.cancel()
        this.#waiting.delete(over)
        resolve()
      }
      const timer = this.#options.clock.after(patienceMs, over)
      this.#waiting.add(over)
    })
  }

  async #renew(): Promise<void> {
    if (this.#renewing) return
    const leases = [...this.#places.values()].flatMap((entry) => [...entry.leases])
    if (leases.length === 0) return
    this.#renewing = true
    try {
      await this.#options.limiter.renew(leases, this.#options.leaseMs)
    } catch (error) {
      const cause = messageOf(error)
      this.#options.logger.error({ leases: leases.length, cause }, 'leases could not be renewed')
    } finally {
      this.#renewing = false
    }
  }
}
