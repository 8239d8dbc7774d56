import { formatParams, type Params, parseParams } from './params.ts'
import { isToken, quote, quotedEnd, skipSpace, trimmedSlice } from './text.ts'
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
  // RFC 3261 20.10: without angle brackets all parameters belong to the header field.
  if (open < 0 || (semicolonAt >= 0 && semicolonAt < open)) {
    const end = semicolonAt < 0 ? value.length : semicolonAt
    return finish('', trimmedSlice(value, start, end), parseParams(value, end))
  }
  const display = trimmedSlice(value, start, open)
  return display.includes('"') ? undefined : parseBracketed(value, open, display)
}

/** Writes `"display" <uri>;params`; the display name is quoted unless it is plain words. */
export function formatNameAddr(address: Pick<NameAddr, 'display' | 'uri' | 'params'>): string {
  const display = address.display === '' ? '' : `${formatDisplay(address.display)} `
  return `${display}<${address.uri}>${formatParams(address.params)}`
}

/** The value with this tag: added where there is none, in place of another. */
export function withTag(value: string, tag: string): string {
  const address = parseNameAddr(value)
  if (address?.tag === undefined) return `${value};tag=${tag}`
  const params = new Map(address.params).set('tag', tag)
  return formatNameAddr({ ...address, params })
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

function formatDisplay(display: string): string {
  const plain = display.split(' ').every(isToken)
  return plain ? display : `"${display.replace(/["\\]/g, '\\$&')}"`
}
