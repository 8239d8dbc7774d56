import type { Binding, Bindings } from '../domain/binding.ts'
import type { Board } from './port.ts'

const topic = 'binding'

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
  return note === undefined ? [] : readBindings(note).filter(({ untilMs }) => untilMs > nowMs)
}

/** A note that cannot be read binds nothing. */
function readBindings(note: string): readonly Binding[] {
  try {
    const value: unknown = JSON.parse(note)
    return Array.isArray(value) ? (value as Binding[]) : []
  } catch {
    return []
  }
}
