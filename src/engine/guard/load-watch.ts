import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Endpoint } from '../transport/types.ts'

/** From where on new calls are refused, and until where: below, it would flap at every call. */
export interface LoadLimits {
  /** How late this thread comes to its work, milliseconds. */
  readonly lagOnMs: number
  readonly lagOffMs: number
  /** Lag counts only when so many new calls came within a second: fewer are not what causes it. */
  readonly lagCallsMin: number
  /** It counts as much as the least of so many measures in a row: one stall leaves no queue behind. */
  readonly lagTimes: number
  /** New requests that applications have got and not said anything about. */
  readonly unheardOn: number
  readonly unheardOff: number
  /** How many times as much it takes before callers who are known are refused too. */
  readonly knownFactor: number
}

/** The bounds in use unless a caller gives others. */
export const defaultLoadLimits: LoadLimits = {
  // T1 is 500 ms: beyond it, everybody repeats what we have not come to read.
  lagOnMs: 250,
  lagOffMs: 50,
  lagCallsMin: 50,
  lagTimes: 3,
  // A call whose callee does not ring yet counts: this is 100 calls a second that wait 10 s for it.
  unheardOn: 1_000,
  unheardOff: 500,
  knownFactor: 4,
}

/** How often the lag is measured, milliseconds. */
export const lagPeriodMs = 50

/** Over how long new calls are counted, milliseconds. */
const countedMs = 1_000

/** So many measures without a new call are enough: what was counted is as old as that. */
const quietTicksMax = (2 * countedMs) / lagPeriodMs

/** One measure after another, a lag is forgotten by half. */
const decay = 0.5

export interface LoadWatchParts {
  readonly clock: Clock
  /** How many new requests applications have not said anything about. */
  readonly unheard: () => number
  readonly isStranger: (source: Endpoint) => boolean
  readonly limits?: Partial<LoadLimits> | undefined
}

/** Tells when new calls are to be refused so that those in progress are served in time. */
export class LoadWatch {
  readonly #parts: LoadWatchParts
  readonly #limits: LoadLimits
  /** Runs while new calls are so many that lag counts: a quiet thread is not woken to be measured. */
  #ticking: Timer | undefined
  #tickedAtMs = 0
  /** Measures since the last new call. */
  #quietTicks = 0
  /** The last measures, the newest last. */
  #lateMs: readonly number[] = []
  #lagMs = 0
  #countedSinceMs = Number.NEGATIVE_INFINITY
  #calls = 0
  /** The same of the period before. */
  #callsBefore = 0
  #strangersRefused = false
  #allRefused = false
  #closed = false

  constructor(parts: LoadWatchParts) {
    this.#parts = parts
    this.#limits = { ...defaultLoadLimits, ...parts.limits }
  }

  /** Whether a new call from there is to be refused for now. */
  sheds(source: Endpoint): boolean {
    const nowMs = this.#parts.clock.monotonic()
    this.#count(nowMs)
    if (this.#isBusy() && !this.#closed) this.#measure(nowMs)
    this.#decide()
    return this.#allRefused || (this.#strangersRefused && this.#parts.isStranger(source))
  }

  /** Whether more waits for applications than is refused for: the next strangers had better come again. */
  isBehind(): boolean {
    return this.#parts.unheard() >= this.#limits.unheardOff
  }

  close(): void {
    this.#closed = true
    this.#ticking?.cancel()
  }

  #measure(nowMs: number): void {
    if (this.#ticking) return
    this.#tickedAtMs = nowMs
    this.#lateMs = []
    this.#ticking = this.#parts.clock.every(lagPeriodMs, () => this.#tick())
  }

  #rest(): void {
    this.#ticking?.cancel()
    this.#ticking = undefined
    this.#lagMs = 0
  }

  #count(nowMs: number): void {
    const sinceMs = nowMs - this.#countedSinceMs
    if (sinceMs >= countedMs) {
      this.#callsBefore = sinceMs < 2 * countedMs ? this.#calls : 0
      this.#calls = 0
      this.#countedSinceMs = nowMs
    }
    this.#calls += 1
    this.#quietTicks = 0
  }

  #isBusy(): boolean {
    return Math.max(this.#calls, this.#callsBefore) >= this.#limits.lagCallsMin
  }

  #tick(): void {
    const nowMs = this.#parts.clock.monotonic()
    const lateMs = nowMs - this.#tickedAtMs - lagPeriodMs
    this.#tickedAtMs = nowMs
    const { lagTimes } = this.#limits
    this.#lateMs = [...this.#lateMs, lateMs].slice(-lagTimes)
    const lastingMs = this.#lateMs.length < lagTimes ? 0 : Math.min(...this.#lateMs)
    this.#lagMs = Math.max(lastingMs, this.#lagMs * decay)
    this.#quietTicks += 1
    if (!this.#isBusy() || this.#quietTicks > quietTicksMax) this.#rest()
    this.#decide()
  }

  #decide(): void {
    this.#strangersRefused = this.#isOver(1, this.#strangersRefused)
    this.#allRefused = this.#isOver(this.#limits.knownFactor, this.#allRefused)
  }

  #isOver(factor: number, before: boolean): boolean {
    const { lagOnMs, lagOffMs, unheardOn, unheardOff } = this.#limits
    const lagMs = this.#isBusy() ? this.#lagMs / factor : 0
    const unheard = this.#parts.unheard() / factor
    if (lagMs >= lagOnMs || unheard >= unheardOn) return true
    return before && (lagMs > lagOffMs || unheard > unheardOff)
  }
}
