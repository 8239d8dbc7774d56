import { isToken, parseDecimal } from './text.ts'
import { isUriText, parseSipUri, uriScheme } from './uri.ts'

/** A request line, RFC 3261 7.1, with what is wrong with it. */
export interface RequestLine {
  readonly kind: 'request'
  readonly method: string
  readonly uri: string
  readonly fault: string | undefined
  /** False when the version is one that we don't speak: answered 505. */
  readonly versionKnown: boolean
}

/** A status line, RFC 3261 7.2. */
export interface StatusLine {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
}

/** Reads a start line; undefined when it is not SIP at all, or a status line with a fault. */
export function readStartLine(line: string): RequestLine | StatusLine | undefined {
  return isSip(line) ? readStatusLine(line) : readRequestLine(line)
}

/** RFC 3261 25.1: `SIP/2.0`, one space, three digits, one space, any text, which may be empty. */
function readStatusLine(line: string): StatusLine | undefined {
  if (line.slice(4, 8) !== '2.0 ') return undefined
  const status = parseStatus(line.slice(8, 11))
  if (status === undefined) return undefined
  if (line.length > 11 && line.charAt(11) !== ' ') return undefined
  return { kind: 'response', status, reason: line.slice(12) }
}

/** RFC 3261 25.1: three digits, the first of them 1 to 6. */
export function parseStatus(text: string): number | undefined {
  const status = text.length === 3 ? parseDecimal(text, 699) : undefined
  return status !== undefined && status >= 100 ? status : undefined
}

/** RFC 3261 25.1: method, one space, URI, one space, version, and nothing else. */
function readRequestLine(line: string): RequestLine | undefined {
  const methodEnd = line.indexOf(' ')
  const method = line.slice(0, methodEnd)
  const versionStart = line.trimEnd().lastIndexOf(' ') + 1
  const version = line.slice(versionStart)
  if (!isToken(method) || versionStart <= methodEnd || !isSip(version)) return undefined
  const uri = line.slice(methodEnd + 1, versionStart - 1)
  const versionKnown = version.slice(4).trimEnd() === '2.0'
  const wellFormed = version.length === 7 && isRequestUri(uri)
  const fault = wellFormed || !versionKnown ? undefined : 'Malformed request line'
  return { kind: 'request', method, uri, fault, versionKnown }
}

/** Any URI, but one of our own schemes must be what RFC 3261 25.1 calls so. */
function isRequestUri(uri: string): boolean {
  const scheme = uriScheme(uri)
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(uri) !== undefined
  return scheme !== undefined && isUriText(uri)
}

/** RFC 3261 7.1: the version is compared without regard to case. */
function isSip(text: string): boolean {
  return text.startsWith('SIP/') || text.slice(0, 4).toUpperCase() === 'SIP/'
}
