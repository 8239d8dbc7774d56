/** A header that names somebody, as drachtio-srf reads it. */
export interface SrfAddress {
  readonly name: undefined
  readonly uri: string
  readonly params: Record<string, string | undefined>
}

/**
 * Reads a From, To or Contact of the plain form `<uri>;name=value` as drachtio-srf does; undefined for
 * any other, which drachtio-srf must be asked for.
 */
export function plainAddress(text: string): SrfAddress | undefined {
  const uriEnd = text.indexOf('>')
  if (uriEnd < 2 || text.charCodeAt(0) !== 60 || !isPlain(text.charCodeAt(1))) return undefined
  const params: Record<string, string | undefined> = {}
  for (let at = uriEnd + 1; at < text.length; ) {
    if (text.charCodeAt(at) !== 59) return undefined
    const nameEnd = tokenEnd(text, at + 1)
    const name = text.slice(at + 1, nameEnd).toLowerCase()
    const hasValue = text.charCodeAt(nameEnd) === 61
    const end = hasValue ? tokenEnd(text, nameEnd + 1) : nameEnd
    if (name === '' || (hasValue && end === nameEnd + 1)) return undefined
    params[name] = hasValue ? text.slice(nameEnd + 1, end) : undefined
    at = end
  }
  return { name: undefined, uri: text.slice(1, uriEnd), params }
}

/**
 * The user of the SIP URI with which a text begins, in brackets or not, as drachtio-srf finds it;
 * undefined for any other text.
 */
export function plainUser(text: string | undefined): string | undefined {
  const start = text?.startsWith('<sip:') ? 5 : text?.startsWith('sip:') ? 4 : -1
  if (start < 0 || text === undefined) return undefined
  let end = text.length
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 64) return text.slice(start, Math.min(at, end))
    if (!isPlain(code)) return undefined
    if (code === 59 && end > at) end = at
  }
  return undefined
}

/** Printable and of ASCII: nothing that a regular expression takes for blank. */
function isPlain(code: number): boolean {
  return code > 32 && code < 127
}

/** Where the letters, digits, hyphens, points and underscores end. */
function tokenEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && isTokenCode(text.charCodeAt(at))) at++
  return at
}

function isTokenCode(code: number): boolean {
  if (code >= 48 && code <= 57) return true
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return true
  return code === 45 || code === 46 || code === 95
}
