import type { Alerts } from '../domain/alert.ts'
import type { Clock } from '../kernel/clock.ts'
import { type ClockJump, heldClock, heldMs } from '../kernel/held-clock.ts'
import type { Logger } from '../kernel/logger.ts'

/** What goes on by another moment than the clock's, or not at all, while that is not believed. */
export type Doubted = 'retention' | 'time'

/** Tells of a clock that is not believed: as an alert; before there are any, in the log alone. */
export class ClockDoubts {
  readonly #logger: Logger
  #alerts: Alerts | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** From now on people are told. */
  tellTo(alerts: Alerts): void {
    this.#alerts = alerts
  }

  /** The clock to go by, which does not go back at once; people are told when it jumps. */
  held(clock: Clock): Clock {
    const held = heldClock(clock, (jump) => {
      // Whoever asks for the time at this moment is in the middle of something.
      clock.after(0, () => this.tell(held, 'time', textOfJump(jump)))
    })
    return held
  }

  /** Says what is doubted, and why. */
  tell(clock: Pick<Clock, 'now'>, of: Doubted, why: string): void {
    const figures = { of, why }
    if (this.#alerts) this.#alerts.raise({ kind: 'clock_doubted', atMs: clock.now(), figures })
    else this.#logger.warn(figures, 'the clock is not believed')
  }
}

function textOfJump({ nowMs, dueMs, isHeld }: ClockJump): string {
  const [now, due] = [nowMs, dueMs].map((at) => new Date(at).toISOString())
  const what = `the clock has jumped to ${now} where ${due} was due`
  const minutes = heldMs / 60_000
  const isBack = `it is not followed before it has stayed so for ${minutes} min, or a new start`
  return isHeld ? `${what}; ${isBack}` : what
}
