import { parseDecimal } from './text.ts'

/** A host as written (IPv6 keeps its brackets) and its port, if one was given. */
export interface HostPort {
  readonly host: string
  readonly port: number | undefined
}

const portMax = 65_535

/** Reads `host` or `host:port`; undefined when the host is no name and no address. */
export function parseHostPort(text: string): HostPort | undefined {
  const hostEnd = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':')
  if (hostEnd < 0 || hostEnd === text.length) return hostOnly(text)
  if (text.charAt(hostEnd) !== ':') return undefined
  const host = text.slice(0, hostEnd)
  const port = parseDecimal(text.slice(hostEnd + 1), portMax)
  if (!isHost(host) || !port) return undefined
  return { host, port }
}

/** Writes `host` or `host:port`. */
export function formatHostPort(host: string, port: number | undefined): string {
  return port === undefined ? host : `${host}:${port}`
}

/** An address as URIs and Via have it as host: IPv6 in brackets, without its zone. */
export function hostOf(address: string): string {
  return address.includes(':') ? `[${withoutZone(address)}]` : address
}

/** A host without the brackets that IPv6 has in URIs. */
export function unbracketed(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host
}

/** RFC 6874, RFC 4007 11: the zone of an address means nothing to another machine. */
export function withoutZone(address: string): string {
  const zoneAt = address.indexOf('%')
  return zoneAt < 0 ? address : address.slice(0, zoneAt)
}

function hostOnly(host: string): HostPort | undefined {
  return isHost(host) ? { host, port: undefined } : undefined
}

/** Letters, digits, `-`, `.` and the `_` that real names have; or hexadecimal in brackets. */
function isHost(text: string): boolean {
  const bracketed = text.startsWith('[')
  const end = bracketed ? text.length - 1 : text.length
  if (bracketed && text.charAt(end) !== ']') return false
  for (let at = bracketed ? 1 : 0; at < end; at++) {
    const code = text.charCodeAt(at)
    if (bracketed ? !isAddressCode(code) : !isNameCode(code)) return false
  }
  return end > (bracketed ? 1 : 0)
}

function isNameCode(code: number): boolean {
  if (code >= 97) return code <= 122
  if (code >= 65) return code <= 90 || code === 95
  return (code >= 48 && code <= 57) || code === 45 || code === 46
}

function isAddressCode(code: number): boolean {
  if (code >= 97) return code <= 102
  if (code >= 65) return code <= 70
  return (code >= 48 && code <= 58) || code === 46
}
