import type { Leases } from '../../domain/decision.ts'
import { Failure, messageOf } from '../../kernel/failure.ts'
import type { Logger } from '../../kernel/logger.ts'
import { putLast } from '../../kernel/put-last.ts'
import type { PermissionAsk } from '../permission-port.ts'
import type { ExtendResult, Limiter, PermittedTake, TakeRequest, TakeResult } from '../port.ts'
import type { RedisBoard } from './board.ts'
import type { RedisClient } from './connect.ts'
import { RedisCounts } from './counts.ts'
import { RedisLeases } from './leases.ts'
import { RedisLimiter, type RedisLimiterParts } from './limiter.ts'
import { LocalLeases, LocalLimiter, type LocalLimiterParts } from './local-limiter.ts'
import { placesOf, type RedisPermissions } from './permissions.ts'
import { isOfOtherClock } from './scripts.ts'

/** How often what could not be given back is tried again. */
const retryPeriodMs = 1_000
/** Past this many the oldest is dropped: its slots come back by themselves, its money stays spent. */
const owedMax = 100_000

export interface OutlastingLimiterParts
  extends LocalLimiterParts,
    Omit<RedisLimiterParts, 'giveBack'> {
  readonly client: RedisClient
  readonly board: RedisBoard
  readonly permissions: RedisPermissions
  readonly logger: Logger
}

/**
 * The limiter on a server that may be lost for a while. Without it no call is taken, or by the wish of
 * the request this gate's part of each limit; running calls go on. When it is back, first of all their
 * leases are counted again, and what ended meanwhile is given back.
 */
export class OutlastingLimiter extends RedisCounts implements Limiter, AsyncDisposable {
  readonly #parts: OutlastingLimiterParts
  readonly #redis: RedisLimiter
  readonly #local: LocalLimiter
  /** Taken without the server and not yet counted there. */
  readonly #localLive = new Set<LocalLeases>()
  /** Ended, with what each cost, and not yet given back. */
  readonly #owed = new Map<RedisLeases | LocalLeases, number>()
  readonly #stack = new DisposableStack()
  #reconciling: Promise<void> | undefined

  constructor(parts: OutlastingLimiterParts) {
    super(parts)
    this.#parts = parts
    this.#redis = new RedisLimiter({ ...parts, giveBack: (leases) => this.release(leases) })
    this.#local = new LocalLimiter(parts)
    const onReady = () => this.#startReconciling()
    parts.client.on('ready', onReady)
    this.#stack.defer(() => parts.client.off('ready', onReady))
    const timer = parts.clock.every(retryPeriodMs, () => this.#retry())
    this.#stack.defer(() => timer.cancel())
  }

  take(request: TakeRequest): Promise<TakeResult> {
    const locally = (wasReady: boolean) => this.#takeLocally(request, wasReady)
    return this.#taken(request, () => this.#redis.take(request), locally)
  }

  takePermitted(request: TakeRequest, ask: PermissionAsk): Promise<PermittedTake> {
    const locally = async (wasReady: boolean) => ({
      said: undefined,
      result: await this.#takeLocally(request, wasReady),
    })
    return this.#taken(request, () => this.#takeOnServer(request, ask), locally)
  }

  #takeOnServer(request: TakeRequest, ask: PermissionAsk): Promise<PermittedTake> {
    const { permissions } = this.#parts
    const places = placesOf(ask, permissions.isSpread)
    if (!permissions.isSpread) return this.#redis.takeWhere(request, places)
    return this.#redis.takeUnless(request, places, permissions.findOptOutOfEverybody(ask))
  }

  async #taken<Taken>(
    request: TakeRequest,
    onServer: () => Promise<Taken>,
    locally: (wasReady: boolean) => Promise<Taken>,
  ): Promise<Taken> {
    const wasReady = this.#isReady
    const { board } = this.#parts
    try {
      if (this.#reconciling !== undefined) await this.#reconciling
      if (!board.isFresh) await board.ensureFresh()
      return await onServer()
    } catch (error) {
      if (isLost(error) && request.whenLost === 'local') return await locally(wasReady)
      if (wasReady) this.#oweUnheard(request)
      throw error
    }
  }

  async renew(leases: readonly Leases[], leaseMs: number): Promise<void> {
    const onServer: Leases[] = []
    const local: LocalLeases[] = []
    for (const held of leases) {
      if (!(held instanceof LocalLeases)) onServer.push(held)
      else if (held.adopted) onServer.push(held.adopted)
      else local.push(held)
    }
    await this.#local.renew(local, leaseMs)
    await this.#redis.renew(onServer, leaseMs)
    await this.#settleAccounts()
  }

  async extend(leases: Leases, addMicros: number): Promise<ExtendResult> {
    if (!(leases instanceof LocalLeases)) return this.#redis.extend(leases, addMicros)
    // While it is being counted on the server, more that is reserved here would not be heard of there.
    await leases.adopting?.catch(() => undefined)
    return leases.adopted
      ? this.#redis.extend(leases.adopted, addMicros)
      : this.#local.extend(leases, addMicros)
  }

  /** Never rejects: what the server cannot be told now it is told later. */
  async release(leases: Leases, costMicros = 0): Promise<void> {
    if (!(leases instanceof RedisLeases || leases instanceof LocalLeases)) return
    if (this.#owed.has(leases)) return
    if (leases instanceof RedisLeases) await this.#local.forget(leases)
    else if (!this.#localLive.has(leases) && !leases.adopted) return
    else if (!leases.adopted) await this.#local.release(leases, costMicros)
    await this.#giveBack(leases, costMicros)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stack.dispose()
    if (this.#isReady) await this.#settleAccounts().catch(() => undefined)
  }

  get #isReady(): boolean {
    return this.#parts.client.status === 'ready'
  }

  async #takeLocally(request: TakeRequest, wasReady: boolean): Promise<TakeResult> {
    const running = this.#redis.live
    const release = (leases: LocalLeases) => this.release(leases)
    const result = await this.#local.take(request, running, release)
    if (result.taken && result.leases instanceof LocalLeases) this.#localLive.add(result.leases)
    // What is taken here is counted there later, once; what is refused must not stand there.
    if (!result.taken && wasReady) this.#oweUnheard(request)
    return result
  }

  /** No call is taken before the running ones are counted again: the server may have forgotten. */
  #startReconciling(): void {
    const { logger } = this.#parts
    const leases = [...this.#redis.live]
    const renewing = leases[0]
      ? this.#redis.renew(leases, leases[0].request.leaseMs)
      : Promise.resolve()
    this.#reconciling = renewing
      .then(() => this.#settleAccounts())
      .catch((error: unknown) => {
        const cause = messageOf(error)
        logger.warn({ cause }, 'running calls could not yet be counted again')
      })
      .finally(() => {
        this.#reconciling = undefined
      })
  }

  #retry(): void {
    if (!this.#isReady || this.#owed.size + this.#localLive.size === 0) return
    this.#settleAccounts().catch(() => undefined)
  }

  /** Counts on the server what was taken without it, then gives back what has ended. */
  async #settleAccounts(): Promise<void> {
    for (const leases of this.#localLive) await this.#adopt(leases)
    for (const [leases, costMicros] of this.#owed) {
      this.#owed.delete(leases)
      await this.#giveBack(leases, costMicros)
      if (this.#owed.has(leases)) return
    }
    if (this.#localLive.size === 0) this.#local.reset()
  }

  /** Once, whoever asks for it meanwhile. */
  async #adopt(leases: LocalLeases): Promise<void> {
    if (leases.adopted) return
    leases.adopting ??= this.#redis
      .adopt(leases.wholeRequest)
      .then((adopted) => {
        leases.adopted = adopted
        this.#localLive.delete(leases)
      })
      .finally(() => {
        leases.adopting = undefined
      })
    await leases.adopting
  }

  async #giveBack(leases: RedisLeases | LocalLeases, costMicros: number): Promise<void> {
    try {
      if (leases instanceof LocalLeases) await this.#adopt(leases)
      const onServer = leases instanceof LocalLeases ? leases.adopted : leases
      if (onServer) await this.#redis.release(onServer, costMicros)
    } catch {
      this.#owe(leases, costMicros)
    }
  }

  /** The server may have taken it, and only its answer was lost or could not be read. */
  #oweUnheard(request: TakeRequest): void {
    this.#owe(this.#redis.leasesFor(request), 0)
  }

  #owe(leases: RedisLeases | LocalLeases, costMicros: number): void {
    putLast(this.#owed, [leases, costMicros], owedMax)
  }
}

function isLost(error: unknown): boolean {
  if (!(error instanceof Failure) || error.code !== 'store_unavailable') return false
  // Days and months of a clock that is wrong begin at nothing here too.
  return !isOfOtherClock(error)
}
