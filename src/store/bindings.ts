import { type Binding, type Bindings, bindingMaxS } from '../domain/binding.ts'
import { parsedJson } from '../kernel/parsed-json.ts'
import type { Board } from './port.ts'

const topic = 'binding'
/** The longest that a registration can last yet, by gates whose clocks differ a little. */
const leftMaxMs = bindingMaxS * 1000 + 60_000

/** Keeps the registrations of trunks on the board: every gate has them within a second. */
export function openBindings(board: Pick<Board, 'get' | 'post'>): Bindings {
  return {
    of: (trunkId, nowMs) => inForce(board.get(topic, trunkId), nowMs),
    change: async (trunkId, nowMs, change) => {
      const note = await board.post(topic, trunkId, (current) => {
        const changed = change(inForce(current, nowMs))
        if (!changed) return current
        return changed.length === 0 ? undefined : JSON.stringify(changed)
      })
      return inForce(note, nowMs)
    },
  }
}

function inForce(note: string | undefined, nowMs: number): readonly Binding[] {
  if (note === undefined) return []
  // One that ends later was taken by a clock that was wrong: nobody would be rid of it for years.
  return readBindings(note).filter(({ untilMs }) => {
    return untilMs > nowMs && untilMs <= nowMs + leftMaxMs
  })
}

/** A note that cannot be read binds nothing. */
function readBindings(note: string): readonly Binding[] {
  const value = parsedJson(note)
  return Array.isArray(value) ? (value as Binding[]) : []
}
