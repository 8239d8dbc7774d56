import { type Clock, systemClock } from '../kernel/clock.ts'
import { momentGiven } from './moment.ts'

/** The clock of the moment that `--at` names, of now without one; its timers run by the real one. */
export function clockAt(at: string | undefined): Clock {
  const clock = systemClock()
  if (at === undefined) return clock
  const atMs = momentGiven('at', at)
  return {
    now: () => atMs,
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (periodMs, run) => clock.every(periodMs, run),
  }
}
