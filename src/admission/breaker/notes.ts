import type { BreakerNote } from './breaker.ts'
import type { BreakerState } from './table.ts'

/** Where the states of breakers stand on the board, by `key:<id>` or `tenant:<id>`; closed ones do not. */
export const stateTopic = 'breaker'
/** Where it stands what is usual for them. */
export const usualTopic = 'breaker-usual'

const states: ReadonlySet<unknown> = new Set<BreakerState>(['throttled', 'open', 'half_open'])

/** A note from the board; undefined where there is none, or none that can be read: closed. */
export function readNote(text: string | undefined): BreakerNote | undefined {
  if (text === undefined) return undefined
  try {
    const note: unknown = JSON.parse(text)
    return isNote(note) ? note : undefined
  } catch {
    return undefined
  }
}

function isNote(note: unknown): note is BreakerNote {
  if (typeof note !== 'object' || note === null) return false
  const { state, sinceMs, untilMs, openMs, signals } = note as Record<string, unknown>
  const times = [sinceMs, untilMs, openMs]
  return (
    states.has(state) &&
    times.every((time) => typeof time === 'number') &&
    typeof signals === 'object' &&
    signals !== null
  )
}
