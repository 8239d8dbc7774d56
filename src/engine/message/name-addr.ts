import { type Params, parseParams } from './params.ts'
import { quote, quotedEnd, skipSpace, trimmedSlice } from './text.ts'
import { isUriText, uriScheme } from './uri.ts'

/** A From, To, Contact, Route or Record-Route value, RFC 3261 25.1 `name-addr` or `addr-spec`. */
export interface NameAddr {
  /** The display name without quotes and escapes, '' when there is none. */
  readonly display: string
  /** The URI as written; of any scheme. */
  readonly uri: string
  /** The parameters of the header field, not those of the URI. */
  readonly params: Params
  readonly tag?: string | undefined
}

/** Reads one name-addr or addr-spec with its parameters; undefined when it is none. */
export function parseNameAddr(value: string): NameAddr | undefined {
  const start = skipSpace(value, 0)
  if (value.charCodeAt(start) === quote) return parseQuoted(value, start)
  const open = value.indexOf('<', start)
  const semicolonAt = value.indexOf(';', start)
  // RFC 3261 20.10: without angle brackets all parameters belong to the header field, and a URI with
  // a comma or a question mark must have them.
  if (open < 0 || (semicolonAt >= 0 && semicolonAt < open)) {
    const end = semicolonAt < 0 ? value.length : semicolonAt
    const uri = trimmedSlice(value, start, end)
    if (uri.indexOf(',') >= 0 || uri.indexOf('?') >= 0) return undefined
    return finish('', uri, parseParams(value, end))
  }
  const display = trimmedSlice(value, start, open)
  return display.includes('"') ? undefined : parseBracketed(value, open, display)
}

function parseQuoted(value: string, start: number): NameAddr | undefined {
  const end = quotedEnd(value, start)
  if (end < 0) return undefined
  const open = skipSpace(value, end)
  if (value.charAt(open) !== '<') return undefined
  const raw = value.slice(start + 1, end - 1)
  return parseBracketed(value, open, raw.includes('\\') ? raw.replace(/\\(.)/gs, '$1') : raw)
}

function parseBracketed(value: string, open: number, display: string): NameAddr | undefined {
  const close = value.indexOf('>', open)
  if (close < 0) return undefined
  return finish(display, value.slice(open + 1, close), parseParams(value, close + 1))
}

function finish(display: string, uri: string, params: Params | undefined): NameAddr | undefined {
  if (!params || uriScheme(uri) === undefined || !isUriText(uri)) return undefined
  return { display, uri, params, tag: params.get('tag') }
}
