import { parseHostPort } from './host-port.ts'
import { noParams, type Params, parseParams } from './params.ts'

/** A SIP or SIPS URI, RFC 3261 19.1. User, password and headers stay escaped, as written. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** IPv6 addresses keep their brackets. */
  readonly host: string
  readonly port?: number | undefined
  readonly params: Params
  /** What follows `?`, without it; '' when there is nothing. */
  readonly headers: string
}

/** The scheme of a URI in lower case, or undefined when `uri` does not begin with one. */
export function uriScheme(uri: string): string | undefined {
  if (uri.startsWith('sip:')) return uri.length > 4 ? 'sip' : undefined
  const end = uri.indexOf(':')
  if (end < 1 || end === uri.length - 1) return undefined
  for (let at = 0; at < end; at++) {
    if (!isSchemeCode(uri.charCodeAt(at), at)) return undefined
  }
  return uri.slice(0, end).toLowerCase()
}

/** Whether `text` has none of what a URI must escape: white space, controls, quotes, brackets. */
export function isUriText(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === 34 || code === 60 || code === 62 || code === 127) return false
  }
  return true
}

/** Reads a sip or sips URI; undefined for any other scheme and for anything that is no URI. */
export function parseSipUri(text: string): SipUri | undefined {
  const scheme = uriScheme(text)
  if (scheme !== 'sip' && scheme !== 'sips') return undefined
  const start = scheme.length + 1
  // RFC 3261 25.1: '@' never stands unescaped in a user, host, parameter or header.
  const at = text.indexOf('@', start)
  if (at >= 0 && text.indexOf('@', at + 1) >= 0) return undefined
  const userInfo = at < 0 ? noUserInfo : readUserInfo(text.slice(start, at))
  const target = readTarget(text, at < 0 ? start : at + 1)
  if (!userInfo || !target) return undefined
  return { scheme, ...userInfo, ...target }
}

interface UserInfo {
  readonly user: string | undefined
  readonly password: string | undefined
}

const noUserInfo: UserInfo = { user: undefined, password: undefined }

function readUserInfo(text: string): UserInfo | undefined {
  const colonAt = text.indexOf(':')
  const user = colonAt < 0 ? text : text.slice(0, colonAt)
  if (user === '' || !isUriText(text)) return undefined
  return { user, password: colonAt < 0 ? undefined : text.slice(colonAt + 1) }
}

function readTarget(text: string, start: number) {
  const question = text.indexOf('?', start)
  const end = question < 0 ? text.length : question
  const semicolonAt = text.indexOf(';', start)
  const hostEnd = semicolonAt < 0 || semicolonAt > end ? end : semicolonAt
  const sentTo = parseHostPort(text.slice(start, hostEnd))
  const params = hostEnd === end ? noParams : parseParams(text.slice(hostEnd, end), 0)
  const headers = question < 0 ? '' : text.slice(question + 1)
  if (!sentTo || !params || !isUriText(text.slice(hostEnd))) return undefined
  return { ...sentTo, params, headers }
}

/** RFC 3986 3.1: a letter, then letters, digits, `+`, `-` and `.`. */
function isSchemeCode(code: number, at: number): boolean {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return true
  return at > 0 && ((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46)
}
