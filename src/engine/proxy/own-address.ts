import { parseSipUri } from '../message/uri.ts'
import { canonicalHost } from '../transport/address-bytes.ts'
import type { Listener } from '../transport/types.ts'

/** RFC 3261 19.1.2. */
const defaultPort = 5060

/** Whether a host and port name one of our sockets, by its address or by what it calls itself. */
export function isListener(
  listeners: readonly Listener[],
  host: string,
  port: number = defaultPort,
): boolean {
  const name = canonicalHost(host)
  return listeners.some(
    (one) => one.port === port && (one.address === name || canonicalHost(one.host) === name),
  )
}

/** Whether a URI leads to one of our sockets. */
export function isOwnUri(listeners: readonly Listener[], uri: string): boolean {
  const parsed = parseSipUri(uri)
  return parsed !== undefined && isListener(listeners, parsed.host, parsed.port)
}

/** `host:port` of a SIP URI, by which places are compared; undefined for any other URI. */
export function placeOf(uri: string): string | undefined {
  const parsed = parseSipUri(uri)
  return parsed && `${parsed.host.toLowerCase()}:${parsed.port ?? defaultPort}`
}
