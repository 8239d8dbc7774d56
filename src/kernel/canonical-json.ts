/** Deeper values are refused: nothing of ours nests this far. */
const depthMax = 16

/** Up to this many names insertion is quicker than the general sort. */
const insertionSortMax = 24

/** So deep a value may nest whose text is remembered, and so deep the place where it is put. */
const rememberedDepthMax = depthMax / 2

/** Where an object keeps its text. */
const textOf = Symbol('canonical JSON')

interface Remembered {
  readonly [textOf]?: string
}

/** Printable ASCII but for what JSON escapes. */
const plain = /^[ !#-[\]-~]*$/

/**
 * The one JSON text of a value: members in the order of their names' UTF-16 code units, no
 * whitespace, numbers as ECMAScript prints them (RFC 8785 3.2; RFC 8225 9 asks for the same).
 * Members that are undefined are left out. A lone surrogate is escaped, where RFC 8785 would refuse
 * the text: hostile bytes must not keep an event from being written down.
 * Takes plain objects, arrays, strings, finite numbers, booleans and null; throws TypeError on
 * anything else, so that no credential holder, buffer or date slips in by its inner fields.
 */
export function canonicalJson(value: unknown): string {
  return serialize(value, 0)
}

/**
 * The same object, which from now on knows its canonical text: it must never change again, nor anything in
 * it. Throws as `canonicalJson` does.
 */
export function remembered<Value extends object>(value: Value): Value {
  const pieces = serialize(value, depthMax - rememberedDepthMax)
  // As it comes it is a tree of pieces, through which whatever it is put into would walk each time.
  const text = Buffer.from(pieces).toString()
  return Object.freeze(Object.defineProperty(value, textOf, { value: text }))
}

/**
 * Gives `canonicalJson` of an object, and quicker where it has no members but these: their order is known
 * beforehand.
 */
export function canonicalForm(names: readonly string[]): (object: object) => string {
  const members = names
    // What every object inherits would be found in each.
    .filter((name) => !(name in Object.prototype))
    .toSorted()
    .map((name) => ({ name, first: `{${quote(name)}:`, next: `,${quote(name)}:` }))
  return (object) => {
    let text = ''
    let known = 0
    for (const { name, first, next } of members) {
      const value = (object as Record<string, unknown>)[name]
      if (value === undefined && !Object.hasOwn(object, name)) continue
      known++
      if (value !== undefined) text += (text === '' ? first : next) + serialize(value, 1)
    }
    const isAll = text !== '' && known === Object.keys(object).length && isPlain(object)
    return isAll ? `${text}}` : canonicalJson(object)
  }
}

function serialize(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('JSON has no number that is not finite')
      return `${value}`
    case 'object':
      if (value === null) return 'null'
      if (depth === depthMax) throw new TypeError(`nested deeper than ${depthMax}`)
      if (depth <= depthMax - rememberedDepthMax) {
        const text = (value as Remembered)[textOf]
        if (text !== undefined) return text
      }
      return Array.isArray(value) ? serializeArray(value, depth) : serializeObject(value, depth)
    default:
      throw new TypeError(`JSON has no ${typeof value}`)
  }
}

function serializeArray(items: readonly unknown[], depth: number): string {
  let text = '['
  for (let at = 0; at < items.length; at++) {
    if (at > 0) text += ','
    text += serialize(items[at], depth + 1)
  }
  return `${text}]`
}

function serializeObject(object: object, depth: number): string {
  if (!isPlain(object)) {
    throw new TypeError('only plain objects have a canonical form')
  }
  const members = object as Record<string, unknown>
  let text = ''
  for (const name of sorted(Object.keys(members))) {
    const member = members[name]
    if (member === undefined) continue
    text += `${text === '' ? '{' : ','}${quote(name)}:${serialize(member, depth + 1)}`
  }
  return text === '' ? '{}' : `${text}}`
}

function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object)
  return prototype === Object.prototype || prototype === null
}

/** Most texts need no escape, and to see that is quicker than to look for some. */
function quote(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** By UTF-16 code units, in place, as RFC 8785 3.2.3 wants it. */
function sorted(names: string[]): string[] {
  if (names.length > insertionSortMax) return names.sort()
  for (let at = 1; at < names.length; at++) {
    const name = names[at] as string
    let slot = at
    for (; slot > 0 && (names[slot - 1] as string) > name; slot--) {
      names[slot] = names[slot - 1] as string
    }
    names[slot] = name
  }
  return names
}
