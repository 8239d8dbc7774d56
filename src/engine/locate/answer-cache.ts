import type { Clock } from '../../kernel/clock.ts'
import { putLast } from '../../kernel/put-last.ts'
import type { Answer, Asked } from './lookup.ts'

/** How answers of the DNS are kept and how long questions may take. */
export interface AnswerLimits {
  /** Names kept at once; a further one takes the place of the one asked longest ago. */
  readonly namesMax: number
  /** Questions under way at once; a further one is answered by what is kept, if anything is. */
  readonly questionsMax: number
  /** A question without an answer is given up. */
  readonly questionMs: number
  /** No answer is kept for less: a TTL of 0 would let each call of a flood ask. */
  readonly ttlMinMs: number
  readonly ttlMaxMs: number
  /** For records that come without their TTL: Node tells it of addresses alone. */
  readonly ttlDefaultMs: number
  /** That a name has no records is believed for this. */
  readonly noneMs: number
  /** A question that failed is not asked again for this. */
  readonly failedMs: number
  /** Records that have run out are still used for this while nobody answers (RFC 8767). */
  readonly staleMs: number
}

/** The bounds unless a caller gives others. */
export const defaultAnswerLimits: AnswerLimits = {
  namesMax: 2_048,
  questionsMax: 256,
  questionMs: 4_000,
  ttlMinMs: 1_000,
  ttlMaxMs: 3_600_000,
  ttlDefaultMs: 60_000,
  noneMs: 15_000,
  failedMs: 2_000,
  staleMs: 3_600_000,
}

interface Kept<R> {
  readonly records: readonly R[] | undefined
  /** Until when it is not asked again. */
  readonly freshUntilMs: number
  /** Until when it may be used at all. */
  readonly usableUntilMs: number
}

type Waiting<R> = ((records: readonly R[] | undefined) => void)[]

/** Answers to one kind of question: kept by their TTL, each asked once at a time, bounded. */
export class AnswerCache<R> {
  readonly #clock: Clock
  readonly #limits: AnswerLimits
  readonly #kept = new Map<string, Kept<R>>()
  readonly #asking = new Map<string, Waiting<R>>()

  constructor(clock: Clock, limits: AnswerLimits = defaultAnswerLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  get size(): number {
    return this.#kept.size
  }

  /** The records of a name, none where it has none; undefined when nobody could say. */
  get(name: string, ask: (done: Asked<R>) => void): Promise<readonly R[] | undefined> {
    const kept = this.#kept.get(name)
    if (kept && this.#clock.monotonic() < kept.freshUntilMs) return Promise.resolve(kept.records)
    return new Promise((resolve) => {
      const waiting = this.#asking.get(name)
      if (waiting) waiting.push(resolve)
      else if (this.#asking.size >= this.#limits.questionsMax) resolve(this.#usable(kept))
      else this.#ask(name, ask, [resolve])
    })
  }

  /** The records that were kept, where they may be used still. */
  #usable(kept: Kept<R> | undefined): readonly R[] | undefined {
    return kept && this.#clock.monotonic() < kept.usableUntilMs ? kept.records : undefined
  }

  #ask(name: string, ask: (done: Asked<R>) => void, waiting: Waiting<R>): void {
    this.#asking.set(name, waiting)
    const settle = (answer: Answer<R> | undefined) => {
      if (this.#asking.get(name) !== waiting) return
      this.#asking.delete(name)
      deadline.cancel()
      const { records } = this.#keep(name, answer)
      for (const tell of waiting) tell(records)
    }
    const deadline = this.#clock.after(this.#limits.questionMs, () => settle(undefined))
    ask(settle)
  }

  #keep(name: string, answer: Answer<R> | undefined): Kept<R> {
    const kept = answer ? this.#fresh(answer) : this.#failed(this.#kept.get(name))
    putLast(this.#kept, [name, kept], this.#limits.namesMax)
    return kept
  }

  #fresh({ records, ttlMs }: Answer<R>): Kept<R> {
    const { ttlMinMs, ttlMaxMs, ttlDefaultMs, noneMs, staleMs } = this.#limits
    const askedAtMs = this.#clock.monotonic()
    const keepMs = Math.min(ttlMaxMs, Math.max(ttlMinMs, ttlMs ?? ttlDefaultMs))
    const freshUntilMs = askedAtMs + (records.length > 0 ? keepMs : noneMs)
    return { records, freshUntilMs, usableUntilMs: freshUntilMs + staleMs }
  }

  #failed(before: Kept<R> | undefined): Kept<R> {
    const askedAtMs = this.#clock.monotonic()
    const usableUntilMs = before?.usableUntilMs ?? askedAtMs
    const records = this.#usable(before)
    const freshUntilMs = askedAtMs + this.#limits.failedMs
    return { records, freshUntilMs, usableUntilMs }
  }
}
