import type { AuditEvent, StoredEvent } from '../audit/event.ts'
import { placesOf } from './places.ts'
import type { OpenedValue } from './sealed-values.ts'

/** What stands in place of a value that nobody can read any more. */
const erasedText = 'erased'
/** What stands in place of one that this file of keys does not open, though nobody has erased it. */
const damagedText = 'unreadable'

/** The event with what its sealed values say in their places, and of what stands elsewhere in it. */
export function unsealed(stored: StoredEvent, values: readonly OpenedValue[]): AuditEvent {
  const texts = new Map(values.map((value) => [value.path, textOf(value)]))
  const places = placesOf.get(stored.type)
  const event: Record<string, unknown> = { ...stored }
  for (const { member, part, path } of [...(places?.single ?? []), ...(places?.everybody ?? [])]) {
    const text = texts.get(path)
    if (text === undefined) continue
    event[member] = part === undefined ? text : { ...(event[member] as object), [part]: text }
  }
  for (const member of places?.figures ?? []) {
    event[member] = unsealedFigures(stored[member], member, texts)
  }
  return event as unknown as AuditEvent
}

function textOf({ state, text }: OpenedValue): string {
  return text ?? (state === 'damaged' ? damagedText : erasedText)
}

function unsealedFigures(
  value: unknown,
  path: string,
  texts: ReadonlyMap<string, string>,
): unknown {
  if (Array.isArray(value)) {
    return value.map((step) => ({
      ...step,
      figures: unsealedFigures(step.figures, `${path}.${step.check}`, texts),
    }))
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, figure]) => {
    const at = isSame(figure) ? figure.same : `${path}.${name}`
    const isPlain = typeof figure !== 'object' || figure === null
    return [name, isPlain ? figure : (texts.get(at) ?? erasedText)]
  })
  return Object.fromEntries(entries)
}

function isSame(value: unknown): value is { readonly same: string } {
  return typeof value === 'object' && value !== null && 'same' in value
}
