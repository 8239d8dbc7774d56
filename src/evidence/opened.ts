import type { LeafContent } from '../audit/leaf.ts'
import { decodeBase64 } from '../audit/note/base64.ts'
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

/**
 * What a box says; undefined where its key does not open it, or where it is not what stands at its
 * path in this event.
 */
export function textOf({ atMs, event }: LeafContent, box: OpenedBox): string | undefined {
  const { path, as, sealed, key } = box
  if (decodeBase64(sealed) === undefined || key.length !== 32) return undefined
  if (![...valuesAt(event, path)].some((value) => isSealedAs(value, box))) return undefined
  const read = readBox(sealed)
  const at = { tenant: tenantOf(event), month: monthOf(atMs), as: as as 'everybody' }
  return read && openBox(read, key, contextOf(event.type, path, at))
}

/** An event for people: what the evidence opens is in the clear, the rest says that it is not. */
export function readable({ atMs, event }: LeafContent, opened: readonly OpenedBox[]): Json {
  const open = opened.flatMap((box) => {
    const text = textOf({ atMs, event }, box)
    return text === undefined ? [] : [{ box, text }]
  })
  const clear = (value: unknown, path: string, isStep = false): Json => {
    if (typeof value !== 'object' || value === null) return value as Json
    if (Array.isArray(value)) {
      return value.map((item) => clear(item, below(path, checkOf(item)), true))
    }
    const { sealed, same } = value as { sealed?: unknown; same?: unknown }
    if (typeof sealed === 'string') {
      const here = open.find(({ box }) => box.path === path && isSealedAs(value, box))
      return here?.text ?? closed
    }
    if (typeof same === 'string') return open.find(({ box }) => box.path === same)?.text ?? closed
    const members = Object.entries(value).map(([name, part]) => {
      return [name, clear(part, isStep && name === 'figures' ? path : below(path, name))] as const
    })
    return Object.fromEntries(members)
  }
  return clear(event, '')
}

/** What stands at a path: of a list, it leads by the `check` of an item to the `figures` there. */
function* valuesAt(value: unknown, path: string): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return
  const members: readonly (readonly [string | undefined, unknown])[] = Array.isArray(value)
    ? value.map((item) => [checkOf(item), item?.figures] as const)
    : Object.entries(value)
  for (const [name, part] of members) {
    if (name === path) yield part
    else if (name !== undefined && path.startsWith(`${name}.`)) {
      yield* valuesAt(part, path.slice(name.length + 1))
    }
  }
}

/** Whether it is what a log has in place of a personal value, and of this one; a figure says its kind. */
function isSealedAs(value: unknown, { as, sealed }: OpenedBox): boolean {
  if (typeof value !== 'object' || value === null) return false
  const found = value as { readonly as?: unknown; readonly sealed?: unknown }
  const isWhole = Object.keys(found).length === (Object.hasOwn(found, 'as') ? 2 : 1)
  return found.sealed === sealed && isWhole && (Object.hasOwn(found, 'as') ? found.as : as) === as
}

function checkOf(item: unknown): string | undefined {
  const check = (item as { readonly check?: unknown } | null)?.check
  return typeof check === 'string' ? check : undefined
}

function below(path: string, name = ''): string {
  return path === '' ? name : `${path}.${name}`
}
