import type { CallId } from '../domain/attempt.ts'
import type { Clock, Timer } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { CallControl } from '../relay/call-control.ts'
import type { Limiter } from '../store/port.ts'

/** A call's place among the calls in progress, from its INVITE to its end. */
export interface Place extends Disposable {
  readonly control: CallControl
  /** From now on the call's leases are kept alive. */
  holdLeases(): void
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

/** A lease is renewed this many times in its life, so that two renewals may fail. */
const renewalsPerLease = 3
/** How long calls may take to end once they have been told to. */
const hangUpGraceMs = 2_000

/** The calls in progress: bounds them, keeps their leases alive, and ends them at a drain. */
export class CallRegistry implements Disposable {
  readonly #options: RegistryOptions
  readonly #places = new Map<CallId, { readonly control: CallControl; leased: boolean }>()
  readonly #heartbeat: Timer
  #renewing = false
  #draining = false
  #onEmpty: (() => void) | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
    const periodMs = Math.floor(options.leaseMs / renewalsPerLease)
    this.#heartbeat = options.clock.every(periodMs, () => void this.#renew())
  }

  /** Calls in progress. */
  get size(): number {
    return this.#places.size
  }

  /** Whether a further call would find a place. */
  get accepting(): boolean {
    return this.#noPlace() === undefined
  }

  /** Gives the call its place, or says why there is none. */
  enter(id: CallId): Place | NoPlace {
    const obstacle = this.#noPlace()
    if (obstacle) return obstacle
    const entry = { control: new CallControl(), leased: false }
    this.#places.set(id, entry)
    return {
      control: entry.control,
      holdLeases: () => {
        entry.leased = true
      },
      [Symbol.dispose]: () => this.#leave(id),
    }
  }

  /**
   * Takes no further calls, waits for those in progress, and hangs up those that are left after
   * `patienceMs`. Resolves when all have ended, or a moment later.
   */
  async drain(patienceMs: number): Promise<void> {
    this.#draining = true
    await this.#emptyWithin(patienceMs)
    for (const { control } of [...this.#places.values()]) control.hangUp('drained')
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
    if (this.#places.size === 0) this.#onEmpty?.()
  }

  #emptyWithin(patienceMs: number): Promise<void> {
    if (this.#places.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(patienceMs, resolve)
      this.#onEmpty = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  async #renew(): Promise<void> {
    if (this.#renewing) return
    const ids: CallId[] = []
    for (const [id, entry] of this.#places) if (entry.leased) ids.push(id)
    if (ids.length === 0) return
    this.#renewing = true
    try {
      await this.#options.limiter.renew(ids, this.#options.leaseMs)
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      this.#options.logger.error({ calls: ids.length, cause }, 'leases could not be renewed')
    } finally {
      this.#renewing = false
    }
  }
}
