import type { LeafContent } from '../audit/leaf.ts'
import { decodeBase64 } from '../audit/note/base64.ts'
import { openBox, readBox } from '../sealing/box.ts'
import { monthOf } from '../sealing/month.ts'
import { contextOf, tenantOf } from '../sealing/places.ts'
import { isPathLength, type OpenedBox } from './format.ts'

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

/** The sealed values of an event: by path and text, the kinds that they say; undefined of one that says none. */
type Standing = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<unknown>>>

/** Whether each box opens, and is what stands at its path in this event. */
export function opensAll(content: LeafContent, boxes: readonly OpenedBox[]): boolean {
  if (boxes.length === 0) return true
  const standing = standingIn(content.event)
  return boxes.every((box) => textOf(content, box, standing) !== undefined)
}

function textOf({ atMs, event }: LeafContent, box: OpenedBox, standing: Standing) {
  const { path, as, sealed, key } = box
  const kinds = standing.get(path)?.get(sealed)
  if (!kinds?.has(as) && !kinds?.has(undefined)) return undefined
  if (decodeBase64(sealed) === undefined || key.length !== 32) return undefined
  const read = readBox(sealed)
  const at = { tenant: tenantOf(event), month: monthOf(atMs), as: as as 'everybody' }
  return read && openBox(read, key, contextOf(event.type, path, at))
}

/** What the boxes of an event say, by path and then by sealed text. */
type Texts = Map<string, { readonly first: string; readonly sealed: Map<string, Kinds> }>

/** The texts of one sealed value by the kind that it is opened as, in their order. */
type Kinds = Map<string, string>

function textsOf(content: LeafContent, boxes: readonly OpenedBox[]): Texts {
  const texts: Texts = new Map()
  const standing = boxes.length > 0 ? standingIn(content.event) : new Map()
  for (const box of boxes) {
    const text = textOf(content, box, standing)
    if (text === undefined) continue
    const here = getOrAdd(texts, box.path, () => ({ first: text, sealed: new Map() }))
    const kinds = getOrAdd(here.sealed, box.sealed, () => new Map<string, string>())
    if (!kinds.has(box.as)) kinds.set(box.as, text)
  }
  return texts
}

/** An event for people: what the evidence opens is in the clear, the rest says that it is not. */
export function readable({ atMs, event }: LeafContent, opened: readonly OpenedBox[]): Json {
  const texts = textsOf({ atMs, event }, opened)
  const clear = (value: unknown, path: string, isStep = false): Json => {
    if (typeof value !== 'object' || value === null) return value as Json
    if (Array.isArray(value)) {
      return value.map((item) => clear(item, below(path, checkOf(item)), true))
    }
    const { sealed, same } = value as { sealed?: unknown; same?: unknown }
    if (typeof sealed === 'string') return clearText(texts, path, value) ?? closed
    if (typeof same === 'string') return texts.get(same)?.first ?? closed
    const members = Object.entries(value).map(([name, part]) => {
      return [name, clear(part, isStep && name === 'figures' ? path : below(path, name))] as const
    })
    return Object.fromEntries(members)
  }
  return clear(event, '')
}

function clearText(texts: Texts, path: string, value: object): string | undefined {
  const found = isPathLength(path) ? sealedValue(value) : undefined
  const kinds = found && texts.get(path)?.sealed.get(found.sealed)
  if (found?.as === undefined) return kinds?.values().next().value
  return kinds?.get(String(found.as))
}

/**
 * All that stands in an event, looked at once. Of a list a path leads by the `check` of an item to the
 * `figures` there.
 */
function standingIn(event: object): Standing {
  const standing = new Map<string, Map<string, Set<unknown>>>()
  const look = (value: unknown, above: string | undefined) => {
    if (typeof value !== 'object' || value === null) return
    const members: Iterable<readonly [string | undefined, unknown]> = Array.isArray(value)
      ? value.map((item) => [checkOf(item), item?.figures] as const)
      : Object.entries(value)
    for (const [name, part] of members) {
      if (name === undefined) continue
      const path = above === undefined ? name : `${above}.${name}`
      if (!isPathLength(path)) continue
      const found = sealedValue(part)
      if (found) {
        const here = getOrAdd(standing, path, () => new Map<string, Set<unknown>>())
        getOrAdd(here, found.sealed, () => new Set()).add(found.as)
      }
      look(part, path)
    }
  }
  look(event, undefined)
  return standing
}

/** What a log has in place of a personal value, and nothing else; a figure says its kind. */
function sealedValue(value: unknown): { sealed: string; as: unknown } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { sealed, as } = value as { readonly as?: unknown; readonly sealed?: unknown }
  const isWhole = Object.keys(value).length === (Object.hasOwn(value, 'as') ? 2 : 1)
  return isWhole && typeof sealed === 'string' ? { sealed, as } : undefined
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

function checkOf(item: unknown): string | undefined {
  const check = (item as { readonly check?: unknown } | null)?.check
  return typeof check === 'string' ? check : undefined
}

function below(path: string, name = ''): string {
  return path === '' ? name : `${path}.${name}`
}
