import { parsedJson } from '../../kernel/parsed-json.ts'

/** Deeper than any header or claim of a PASSporT. */
const depthMax = 8

/**
 * The one object that a JSON text is, or undefined: not where it is broken, is no object, nests more
 * than eight deep, or names a member twice. Of doubled members one parser takes the first and another
 * the last (RFC 8259 4), so that two who read one signed text could believe different things. Never
 * throws; works in time linear to the text.
 */
export function parseStrictJson(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parsedJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return isPlain(text) ? (value as Record<string, unknown>) : undefined
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/** Walks through a text that is known to be JSON. */
function isPlain(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  let last = ''
  for (const [piece] of text.matchAll(token)) {
    if (piece === '{' || piece === '[') {
      if (open.push(piece === '{' ? new Set() : undefined) > depthMax) return false
    } else if (piece === '}' || piece === ']') open.pop()
    else if (piece === ':') {
      const names = open.at(-1)
      const name: string = JSON.parse(last)
      if (names?.has(name)) return false
      names?.add(name)
    }
    last = piece
  }
  return true
}
