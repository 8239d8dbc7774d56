import { type Clock, systemClock } from '../kernel/clock.ts'

/** The clock of the moment that `--at` names, of now without one; its timers run by the real one. */
export function clockAt(atMs: number | undefined): Clock {
  const clock = systemClock()
  if (atMs === undefined) return clock
  return {
    now: () => atMs,
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (periodMs, run) => clock.every(periodMs, run),
  }
}
