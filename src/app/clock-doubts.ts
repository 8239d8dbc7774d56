import type { Alerts } from '../domain/alert.ts'
import type { Clock } from '../kernel/clock.ts'
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

  tell(clock: Pick<Clock, 'now'>, of: Doubted, why: string): void {
    const figures = { of, why }
    if (this.#alerts) this.#alerts.raise({ kind: 'clock_doubted', atMs: clock.now(), figures })
    else this.#logger.warn(figures, 'the clock is not believed')
  }
}
