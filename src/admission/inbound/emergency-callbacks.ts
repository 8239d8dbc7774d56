import type { Board } from '../../store/port.ts'

const topic = 'emergency-call'
/** How long after a call for help all calls to its number get through. */
export const callbackMs = 24 * 3_600_000
/** By so much a clock may have been ahead: nobody who called for help shall be hard to reach for that. */
const aheadMaxMs = callbackMs
/** Numbers remembered at once: many more than call for help in a day. */
export const callbacksMax = 10_000

/**
 * The numbers that have called for help lately, over all gates together. Whoever calls them back may
 * be the one who sends the help, by whatever number and however signed: no limit, no suspension and no
 * verification stands in the way. Decision 0098.
 */
export class EmergencyCallbacks {
  readonly #board: Pick<Board, 'get' | 'post' | 'notes'>

  constructor(board: Pick<Board, 'get' | 'post' | 'notes'>) {
    this.#board = board
  }

  /** Whether calls to this number (E.164 with `+`) may be from those who help. */
  isExpected(e164: string, nowMs: number): boolean {
    return isInForce(Number(this.#board.get(topic, e164) ?? 0), nowMs)
  }

  /** Remembers that somebody called for help from this number, and forgets those of yesterday. */
  async note(e164: string, nowMs: number): Promise<void> {
    const noted = this.#board.notes(topic)
    for (const [number, untilMs] of [...noted]) {
      if (!isInForce(Number(untilMs), nowMs)) await this.#board.post(topic, number, () => undefined)
    }
    if (!noted.has(e164) && noted.size >= callbacksMax) return
    await this.#board.post(topic, e164, () => String(nowMs + callbackMs))
  }
}

/** What ends days later than anything noted now was noted by a clock that was wrong. */
function isInForce(untilMs: number, nowMs: number): boolean {
  return untilMs > nowMs && untilMs <= nowMs + callbackMs + aheadMaxMs
}
