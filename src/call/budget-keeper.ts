import type { Leases } from '../domain/decision.ts'
import { costMicros, type Rate } from '../domain/money.ts'
import type { Clock, Timer } from '../kernel/clock.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { CallControl } from '../relay/call-control.ts'
import type { Limiter } from '../store/port.ts'

/** How long before its money is used up a call asks for more, and how often it asks again. */
const leadMs = 5_000
const retryMs = 1_000
/** How long before that it is ended: its BYE must be under way before the next increment begins. */
const marginMs = 1_000

export interface BudgetKeeperParts {
  readonly limiter: Pick<Limiter, 'extend'>
  readonly leases: Leases
  readonly rate: Rate
  /** For how long money is reserved at a time; at admission it was for the first such slice. */
  readonly sliceMs: number
  readonly clock: Clock
  readonly control: CallControl
  /** Why the call is ended where no more is to be had. */
  readonly exceeded: 'budget_exceeded' | 'carrier_budget_exceeded'
  readonly logger: Logger
}

/**
 * Keeps the money of an answered call reserved ahead of it, a slice at a time; where no more is to be
 * had it ends the call, before it has cost what was not reserved.
 */
export class BudgetKeeper implements Disposable {
  readonly #parts: BudgetKeeperParts
  #answeredMs = 0
  #coveredMs: number
  #timer: Timer | undefined
  #over = false

  constructor(parts: BudgetKeeperParts) {
    this.#parts = parts
    this.#coveredMs = parts.sliceMs
  }

  /** The call costs from now on. */
  answered(): void {
    this.#answeredMs = this.#parts.clock.monotonic()
    this.#wait(this.#leftMs() - leadMs)
  }

  [Symbol.dispose](): void {
    this.#over = true
    this.#timer?.cancel()
  }

  /** Until the call has to be ended. */
  #leftMs(): number {
    const spentMs = this.#parts.clock.monotonic() - this.#answeredMs
    return this.#coveredMs - marginMs - spentMs
  }

  #wait(delayMs: number): void {
    this.#timer = this.#parts.clock.after(Math.max(0, delayMs), () => void this.#extend())
  }

  async #extend(): Promise<void> {
    const unextended = await this.#tryToExtend()
    if (this.#over) return
    if (unextended === undefined) return this.#wait(this.#leftMs() - leadMs)
    const leftMs = this.#leftMs()
    if (leftMs > 0) return this.#wait(Math.min(retryMs, leftMs))
    this.#parts.control.hangUp(unextended)
  }

  /** Why there is no more money; undefined where there is. */
  async #tryToExtend(): Promise<string | undefined> {
    const { limiter, leases, rate, sliceMs, exceeded, logger } = this.#parts
    const furtherMs = this.#coveredMs + sliceMs
    const addMicros = costMicros(rate, furtherMs) - costMicros(rate, this.#coveredMs)
    try {
      const result = await limiter.extend(leases, addMicros)
      if (!result.taken) return exceeded
      this.#coveredMs = furtherMs
      return undefined
    } catch (error) {
      const cause = messageOf(error)
      logger.warn({ callId: leases.callId, cause }, 'money could not be reserved')
      return 'store_unavailable'
    }
  }
}

/** What a call has cost: nothing where it was not answered, or where it has no price. */
export function costOf(
  rate: Rate | undefined,
  { status, durationMs }: { readonly status: number; readonly durationMs: number },
): number {
  return rate && status === 200 ? costMicros(rate, durationMs) : 0
}
