import { paramsMax } from './limits.ts'
import {
  comma,
  equals,
  greaterThan,
  lessThan,
  quote,
  quotedEnd,
  semicolon,
  skipSpace,
  space,
} from './text.ts'

/**
 * Parameters by lower-case name, in their order. A parameter without a value has ''; a quoted value
 * keeps its quotes.
 */
export type Params = ReadonlyMap<string, string>

/** No parameters at all, to be shared. */
export const noParams: Params = new Map()

/**
 * Reads `;name=value;name...` from `at` to the end of `text`; undefined when it is anything else,
 * has too many, or gives one name two different values (RFC 3261 7.3.1).
 */
export function parseParams(text: string, from: number): Params | undefined {
  let at = skipSpace(text, from)
  if (at >= text.length) return noParams
  const params = new Map<string, string>()
  for (let count = 0; at < text.length; count++) {
    if (text.charCodeAt(at) !== semicolon || count >= paramsMax) return undefined
    at = skipSpace(text, at + 1)
    const nameEnd = wordEnd(text, at, equals)
    const name = text.slice(at, nameEnd).toLowerCase()
    at = skipSpace(text, nameEnd)
    let value = ''
    if (name !== '' && text.charCodeAt(at) === equals) {
      const start = skipSpace(text, at + 1)
      const end = valueEnd(text, start)
      if (end < 0) return undefined
      value = text.slice(start, end)
      at = skipSpace(text, end)
    }
    if (name === '') continue
    const known = params.get(name)
    if (known !== undefined && known !== value) return undefined
    params.set(name, value)
  }
  return params
}

/** Writes parameters as `;name=value;flag`. */
export function formatParams(params: Params): string {
  let text = ''
  for (const [name, value] of params) text += value === '' ? `;${name}` : `;${name}=${value}`
  return text
}

function valueEnd(text: string, at: number): number {
  return text.charCodeAt(at) === quote ? quotedEnd(text, at) : wordEnd(text, at, -1)
}

/** The end of a run of characters that neither separate nor quote; `stop` ends it as well. */
function wordEnd(text: string, from: number, stop: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= space || code === stop) break
    if (code === semicolon || code === comma || code === quote) break
    if (code === lessThan || code === greaterThan) break
  }
  return at
}
