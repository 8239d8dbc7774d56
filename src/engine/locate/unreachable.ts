import type { Clock } from '../../kernel/clock.ts'
import { putLast } from '../../kernel/put-last.ts'
import type { Endpoint } from '../transport/types.ts'

/** Most places remembered; a further one takes the place of the oldest. */
const unreachableMax = 1_024

/** The places where requests have come to nothing of late, so that others are tried first. */
export class Unreachable {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Remembers a place for so long. */
  mark(place: Endpoint, forMs: number): void {
    putLast(this.#until, [keyOf(place), this.#clock.monotonic() + forMs], unreachableMax)
  }

  /** It has answered: nothing is held against it any more. */
  clear(place: Endpoint): void {
    if (this.#until.size > 0) this.#until.delete(keyOf(place))
  }

  has(place: Endpoint): boolean {
    if (this.#until.size === 0) return false
    const key = keyOf(place)
    const untilMs = this.#until.get(key)
    if (untilMs === undefined) return false
    if (this.#clock.monotonic() < untilMs) return true
    this.#until.delete(key)
    return false
  }
}

function keyOf({ protocol, address, port }: Endpoint): string {
  return `${protocol} ${address} ${port}`
}
