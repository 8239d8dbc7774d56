import { type Clock, systemClock } from '../kernel/clock.ts'
import { UsageError } from './command.ts'

/** The clock of the moment that `--at` names, of now without one; its timers run by the real one. */
export function clockAt(at: string | undefined): Clock {
  const clock = systemClock()
  if (at === undefined) return clock
  const atMs = Date.parse(at)
  if (!/^\d{4}-\d\d-\d\dT.+(?:Z|[+-]\d\d:\d\d)$/.test(at) || Number.isNaN(atMs)) {
    throw new UsageError('--at needs a moment such as 2027-01-31T09:00:00Z')
  }
  return {
    now: () => atMs,
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (periodMs, run) => clock.every(periodMs, run),
  }
}
