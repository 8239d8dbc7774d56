/** A window is made of two halves; the older one is thrown away when the newer is full. */
const halfMs = 300_000
/** Callees that are told apart in a half; beyond it further ones count as known. */
const calleesMax = 2_048
/** An answered call that ended sooner is short, milliseconds. */
const shortMs = 6_000
/** Numbers that lie this close to the one before look dialled in a row. */
const stepMax = 3

/** What came of calls in the last five to ten minutes. */
export interface Figures {
  readonly attempts: number
  /** Refused for a reason that speaks against the key. */
  readonly refused: number
  readonly ended: number
  readonly answered: number
  readonly short: number
  readonly distinctCallees: number
  readonly sequential: number
  /** Attempts in the running minute. */
  readonly attemptsThisMinute: number
}

/** What came of calls that were let through to try. */
export type ProbeFigures = Pick<Figures, 'ended' | 'answered' | 'short'>

/** One of them; 0 where it was never answered. */
export function probeOf(durationMs: number): ProbeFigures {
  const answered = durationMs > 0 ? 1 : 0
  return { ended: 1, answered, short: answered && durationMs < shortMs ? 1 : 0 }
}

class Half {
  attempts = 0
  refused = 0
  ended = 0
  answered = 0
  short = 0
  sequential = 0
  readonly callees = new Set<number>()
}

const minuteMs = 60_000

/** Counts what a key or tenant does; bounded, and O(1) for each call. */
export class TrafficFigures {
  #older = new Half()
  #newer = new Half()
  #half = 0
  #minute = 0
  #thisMinute = 0
  #lastCallee: bigint | undefined

  /** A call was attempted to a number, E.164. */
  attempted(e164: string, nowMs: number): void {
    const half = this.#at(nowMs)
    half.attempts += 1
    this.#thisMinute += 1
    const callee = BigInt(e164.replace(/\D/g, '') || 0)
    if (half.callees.size < calleesMax) half.callees.add(Number(callee % 4_294_967_291n))
    if (this.#lastCallee !== undefined && isNext(callee - this.#lastCallee)) half.sequential += 1
    this.#lastCallee = callee
  }

  /** It was refused for a reason that counts. */
  refused(nowMs: number): void {
    this.#at(nowMs).refused += 1
  }

  /** An admitted call is over; 0 where it was never answered. */
  ended(durationMs: number, nowMs: number): void {
    const half = this.#at(nowMs)
    half.ended += 1
    if (durationMs <= 0) return
    half.answered += 1
    if (durationMs < shortMs) half.short += 1
  }

  /** Forgets everything. */
  startAfresh(): void {
    this.#older = new Half()
    this.#newer = new Half()
    this.#thisMinute = 0
  }

  read(nowMs: number): Figures {
    this.#at(nowMs)
    const [one, two] = [this.#older, this.#newer]
    const distinctCallees =
      two.callees.size + [...one.callees].filter((callee) => !two.callees.has(callee)).length
    return {
      attempts: one.attempts + two.attempts,
      refused: one.refused + two.refused,
      ended: one.ended + two.ended,
      answered: one.answered + two.answered,
      short: one.short + two.short,
      sequential: one.sequential + two.sequential,
      distinctCallees,
      attemptsThisMinute: this.#thisMinute,
    }
  }

  #at(nowMs: number): Half {
    const half = Math.floor(nowMs / halfMs)
    if (half !== this.#half) {
      this.#older = half === this.#half + 1 ? this.#newer : new Half()
      this.#newer = new Half()
      this.#half = half
    }
    const minute = Math.floor(nowMs / minuteMs)
    if (minute !== this.#minute) this.#thisMinute = 0
    this.#minute = minute
    return this.#newer
  }
}

function isNext(step: bigint): boolean {
  return step !== 0n && step >= -BigInt(stepMax) && step <= BigInt(stepMax)
}
