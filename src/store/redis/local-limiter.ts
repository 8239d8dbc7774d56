import type { CallId } from '../../domain/attempt.ts'
import type { Leases } from '../../domain/decision.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { CountsFile } from '../embedded/counts-file.ts'
import { EmbeddedLimiter } from '../embedded/limiter.ts'
import type { ExtendResult, TakeRequest, TakeResult } from '../port.ts'
import type { RedisLeases } from './leases.ts'
import { shareOf } from './share.ts'

/** Leases that were taken without the server, and are still to be counted there. */
export class LocalLeases implements Leases {
  readonly callId: CallId
  readonly request: TakeRequest
  readonly local: Leases
  /** What they have become on the server. */
  adopted: RedisLeases | undefined
  adopting: Promise<void> | undefined
  extendedMicros = 0
  readonly #release: (leases: LocalLeases) => Promise<void>

  constructor(
    request: TakeRequest,
    local: Leases,
    release: (leases: LocalLeases) => Promise<void>,
  ) {
    this.callId = request.callId
    this.request = request
    this.local = local
    this.#release = release
  }

  /** What has to be counted on the server: with all the money that was reserved meanwhile. */
  get wholeRequest(): TakeRequest {
    const claims = this.request.claims.map((claim) =>
      claim.kind === 'budget'
        ? { ...claim, reserveMicros: claim.reserveMicros + this.extendedMicros }
        : claim,
    )
    return { ...this.request, claims }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release(this)
  }
}

export interface LocalLimiterParts {
  readonly clock: Clock
  readonly random: Random
  readonly gates: number
}

/** A shadow of a call that runs on leases of the server expires with the loss, not by itself. */
const shadowLeaseMs = 2 ** 31

/** This gate's part of every limit, for as long as the server is lost. */
export class LocalLimiter {
  readonly #parts: LocalLimiterParts
  readonly #shadows = new Map<RedisLeases, Leases>()
  #limiter: EmbeddedLimiter

  constructor(parts: LocalLimiterParts) {
    this.#parts = parts
    this.#limiter = this.#fresh()
  }

  /** Takes against this gate's part; the calls that run already count against it too. */
  async take(
    request: TakeRequest,
    running: Iterable<RedisLeases>,
    release: (leases: LocalLeases) => Promise<void>,
  ): Promise<TakeResult> {
    for (const leases of running) await this.#shadow(leases)
    const claims = request.claims.map((claim) => shareOf(claim, this.#parts.gates))
    const result = await this.#limiter.take({ ...request, claims })
    if (result.taken) {
      return { taken: true, leases: new LocalLeases(request, result.leases, release) }
    }
    const claim = request.claims[claims.indexOf(result.claim)] ?? result.claim
    return { ...result, claim }
  }

  renew(leases: readonly LocalLeases[], leaseMs: number): Promise<void> {
    return this.#limiter.renew(
      leases.map(({ local }) => local),
      leaseMs,
    )
  }

  async extend(leases: LocalLeases, addMicros: number): Promise<ExtendResult> {
    const result = await this.#limiter.extend(leases.local, addMicros)
    if (result.taken) leases.extendedMicros += addMicros
    return result
  }

  async release(leases: LocalLeases, costMicros: number): Promise<void> {
    await this.#limiter.release(leases.local, costMicros)
  }

  /** A call on leases of the server has ended. */
  async forget(leases: RedisLeases): Promise<void> {
    const shadow = this.#shadows.get(leases)
    this.#shadows.delete(leases)
    await shadow?.[Symbol.asyncDispose]()
  }

  /** The server counts again: the next loss begins anew. */
  reset(): void {
    if (this.#shadows.size === 0) return
    this.#shadows.clear()
    this.#limiter = this.#fresh()
  }

  #fresh(): EmbeddedLimiter {
    const { clock, random } = this.#parts
    return new EmbeddedLimiter({ clock, random, file: new CountsFile(':memory:') })
  }

  async #shadow(leases: RedisLeases): Promise<void> {
    if (leases.released || this.#shadows.has(leases)) return
    const slots = leases.request.claims.filter((claim) => claim.kind === 'concurrency')
    const claims = slots.map((claim) => ({ ...claim, slotsMax: Number.POSITIVE_INFINITY }))
    const request = { ...leases.request, claims, leaseMs: shadowLeaseMs }
    const result = await this.#limiter.take(request)
    if (result.taken) this.#shadows.set(leases, result.leases)
  }
}
