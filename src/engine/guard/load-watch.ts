import type { Clock } from '../../kernel/clock.ts'
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
  readonly #ticking: { cancel(): void }
  #tickedAtMs: number
  /** The last measures, the newest last. */
  #lateMs: readonly number[] = []
  #lagMs = 0
  #countedSinceMs = Number.NEGATIVE_INFINITY
  #calls = 0
  /** The same of the period before. */
  #callsBefore = 0
  #strangersRefused = false
  #allRefused = false

  constructor(parts: LoadWatchParts) {
    this.#parts = parts
    this.#limits = { ...defaultLoadLimits, ...parts.limits }
    this.#tickedAtMs = parts.clock.monotonic()
    this.#ticking = parts.clock.every(lagPeriodMs, () => this.#tick())
  }

  /** Whether a new call from there is to be refused for now. */
  sheds(source: Endpoint): boolean {
    this.#count()
    this.#decide()
    return this.#allRefused || (this.#strangersRefused && this.#parts.isStranger(source))
  }

  /** Whether more waits for applications than is refused for: the next strangers had better come again. */
  isBehind(): boolean {
    return this.#parts.unheard() >= this.#limits.unheardOff
  }

  close(): void {
    this.#ticking.cancel()
  }

  #count(): void {
    const nowMs = this.#parts.clock.monotonic()
    const sinceMs = nowMs - this.#countedSinceMs
    if (sinceMs >= countedMs) {
      this.#callsBefore = sinceMs < 2 * countedMs ? this.#calls : 0
      this.#calls = 0
      this.#countedSinceMs = nowMs
    }
    this.#calls += 1
  }

  #tick(): void {
    const nowMs = this.#parts.clock.monotonic()
    const lateMs = nowMs - this.#tickedAtMs - lagPeriodMs
    this.#tickedAtMs = nowMs
    const { lagTimes } = this.#limits
    this.#lateMs = [...this.#lateMs, lateMs].slice(-lagTimes)
    const lastingMs = this.#lateMs.length < lagTimes ? 0 : Math.min(...this.#lateMs)
    this.#lagMs = Math.max(lastingMs, this.#lagMs * decay)
    this.#decide()
  }

  #decide(): void {
    this.#strangersRefused = this.#isOver(1, this.#strangersRefused)
    this.#allRefused = this.#isOver(this.#limits.knownFactor, this.#allRefused)
  }

  #isOver(factor: number, before: boolean): boolean {
    const { lagOnMs, lagOffMs, lagCallsMin, unheardOn, unheardOff } = this.#limits
    const isBusy = Math.max(this.#calls, this.#callsBefore) >= lagCallsMin
    const lagMs = isBusy ? this.#lagMs / factor : 0
    const unheard = this.#parts.unheard() / factor
    if (lagMs >= lagOnMs || unheard >= unheardOn) return true
    return before && (lagMs > lagOffMs || unheard > unheardOff)
  }
}
