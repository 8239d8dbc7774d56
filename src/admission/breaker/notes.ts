import { parsedJson } from '../../kernel/parsed-json.ts'
import type { BreakerNote } from './breaker.ts'
import type { ProbeFigures } from './figures.ts'
import type { BreakerState } from './table.ts'

/** Where the states of breakers stand on the board, by `key:<id>` or `tenant:<id>`; closed ones do not. */
export const stateTopic = 'breaker'
/** Where it stands what came of the latest trial of a half-open one. */
export const trialTopic = 'breaker-trial'
/** Where it stands what is usual for them. */
export const usualTopic = 'breaker-usual'

const states: ReadonlySet<unknown> = new Set<BreakerState>(['throttled', 'open', 'half_open'])

/** A note from the board; undefined where there is none, or none that can be read: closed. */
export function readNote(text: string | undefined): BreakerNote | undefined {
  const note = text === undefined ? undefined : parsedJson(text)
  return isNote(note) ? note : undefined
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

/** The note of a trial with one more call in it; what another trial has left there is forgotten. */
export function withProbe(text: string | undefined, trialId: string, probe: ProbeFigures): string {
  const [id, ...counts] = text?.split(' ') ?? []
  const [ended = 0, answered = 0, short = 0] = id === trialId ? counts.map(Number) : []
  const sum = [ended + probe.ended, answered + probe.answered, short + probe.short]
  return [trialId, ...sum].join(' ')
}

/** What stands in the note of a trial. */
export function probesIn(text: string): ProbeFigures {
  const [ended = 0, answered = 0, short = 0] = text.split(' ').slice(1).map(Number)
  return { ended, answered, short }
}
