import type { LeafContent } from '../audit/leaf.ts'
import { openBox, readBox } from '../sealing/box.ts'
import { monthOf } from '../sealing/month.ts'
import { contextOf, tenantOf } from '../sealing/places.ts'
import type { OpenedBox } from './format.ts'

/** What stands for a value that the evidence does not open. */
const closed = '(sealed)'

/** A value of JSON. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json }

/** What a box says, or undefined where its key does not open it at its place in this event. */
export function textOf({ atMs, event }: LeafContent, { path, as, sealed, key }: OpenedBox) {
  const box = readBox(sealed)
  const at = { tenant: tenantOf(event), month: monthOf(atMs), as: as as 'everybody' }
  return box && key.length === 32 ? openBox(box, key, contextOf(event.type, path, at)) : undefined
}

/** An event for people: what the evidence opens is in the clear, the rest says that it is not. */
export function readable({ atMs, event }: LeafContent, opened: readonly OpenedBox[]): Json {
  const bySeal = new Map<string, string>()
  const byPath = new Map<string, string>()
  for (const box of opened) {
    const text = textOf({ atMs, event }, box)
    if (text === undefined) continue
    bySeal.set(box.sealed, text)
    byPath.set(box.path, text)
  }
  const clear = (value: unknown): Json => {
    if (Array.isArray(value)) return value.map(clear)
    if (typeof value !== 'object' || value === null) return value as Json
    const { sealed, same } = value as { sealed?: unknown; same?: unknown }
    if (typeof sealed === 'string') return bySeal.get(sealed) ?? closed
    if (typeof same === 'string') return byPath.get(same) ?? closed
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, clear(part)]))
  }
  return clear(event)
}
