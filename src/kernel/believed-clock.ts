import type { Clock } from './clock.ts'

const dayMs = 86_400_000

/** Further past what was believed last, a clock is not believed at once: a gate may have been off so long. */
export const aheadMaxMs = 31 * dayMs
/** So far the wall clock may be before what was believed last, and may part from the monotonic one. */
export const partedMaxMs = dayMs
/** For so long both clocks must have gone together before one that was doubted is believed. */
export const provingMs = dayMs

/** Why nothing is to be ended by a clock. */
export interface Doubt {
  /** It has jumped while somebody looked, or is too far from what was believed last. */
  readonly why: 'jumped' | 'jumped_far' | 'ahead' | 'behind' | 'unknown'
  readonly nowMs: number
  /** What was believed last, where anything was. */
  readonly believedMs: number | undefined
  /** After so much running without another jump it is believed; undefined: not by itself. */
  readonly leftMs: number | undefined
}

/** What a doubt is about, without how long it takes. */
type Wrong = Omit<Doubt, 'leftMs'>

/** The wall clock and the monotonic one at a moment. */
interface Both {
  readonly wallMs: number
  readonly steadyMs: number
}

/** Why a clock that was not watched before is not believed by itself; undefined: it may be right. */
export function doubtOf(nowMs: number, believedMs: number | undefined): Wrong | undefined {
  const of = (why: Doubt['why']) => ({ why, nowMs, believedMs })
  if (believedMs === undefined) return of('unknown')
  if (nowMs - believedMs > aheadMaxMs) return of('ahead')
  return believedMs - nowMs > partedMaxMs ? of('behind') : undefined
}

/**
 * Tells whether what cannot be undone may be done by the wall clock. It is believed near the moment that
 * was believed last, for as long as it goes with the monotonic clock; else once it has done so for a day.
 * One that jumps far ahead while somebody looks is not believed by itself at all. Has to be asked now and
 * then: a jump is noticed when it is.
 */
export class BelievedClock {
  readonly #clock: Clock
  readonly #remembered: () => number | undefined
  #believedMs: number | undefined
  /** What was remembered when the clock came to be doubted. */
  #rememberedMs: number | undefined
  /** Where both clocks stood at the start, or when they had last jumped. */
  #anchor: Both
  #wrong: Wrong | undefined

  /**
   * Given the moment that is near the present at the start, and what is remembered as believed: another
   * process may do so meanwhile.
   */
  constructor(
    clock: Clock,
    startMs: number | undefined,
    remembered: () => number | undefined = () => undefined,
  ) {
    this.#clock = clock
    this.#remembered = remembered
    this.#rememberedMs = remembered()
    this.#believedMs = startMs
    this.#anchor = this.#both()
    this.#wrong = doubtOf(this.#anchor.wallMs, this.#believedMs)
  }

  /** The moment, and why nothing may be ended by it; no doubt where the clock is believed. */
  look(): { readonly nowMs: number; readonly doubt: Doubt | undefined } {
    const both = this.#both()
    const nowMs = both.wallMs
    const togetherMs = both.steadyMs - this.#anchor.steadyMs
    if (Math.abs(nowMs - this.#anchor.wallMs - togetherMs) > partedMaxMs) this.#jumped(both)
    const doubt = this.#wrong && this.#doubt(this.#wrong, both)
    if (doubt) return { nowMs, doubt }
    this.#wrong = undefined
    this.#believedMs = nowMs
    return { nowMs, doubt: undefined }
  }

  #jumped(both: Both): void {
    const isFar = doubtOf(both.wallMs, this.#believedMs)?.why === 'ahead'
    const why = isFar ? 'jumped_far' : 'jumped'
    this.#anchor = both
    this.#rememberedMs = this.#remembered()
    this.#wrong = { why, nowMs: both.wallMs, believedMs: this.#believedMs }
  }

  #doubt(wrong: Wrong, { wallMs, steadyMs }: Both): Doubt | undefined {
    const remembered = this.#remembered()
    // Somebody who knows has said so.
    if (remembered !== this.#rememberedMs && !doubtOf(wallMs, remembered)) return undefined
    const leftMs = provingMs - (steadyMs - this.#anchor.steadyMs)
    if (wrong.why === 'jumped_far') return { ...wrong, nowMs: wallMs, leftMs: undefined }
    return leftMs > 0 ? { ...wrong, nowMs: wallMs, leftMs } : undefined
  }

  #both(): Both {
    return { wallMs: this.#clock.now(), steadyMs: this.#clock.monotonic() }
  }
}

/** The doubt in words. */
export function textOfDoubt({ why, nowMs, believedMs }: Omit<Doubt, 'leftMs'>): string {
  const now = new Date(nowMs).toISOString()
  const last = believedMs === undefined ? 'nothing' : new Date(believedMs).toISOString()
  const what = why === 'jumped' || why === 'jumped_far' ? 'has jumped to' : 'says'
  return `the clock ${what} ${now}, and ${last} was believed last`
}
