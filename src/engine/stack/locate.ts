import { parseSipUri, type SipUri } from '../message/uri.ts'
import type { Destination, Listener, Protocol, Transport } from '../transport/types.ts'
import { literalAddress, type Resolver } from './resolve.ts'

/** RFC 3261 19.1.2. */
const defaultPort = 5060

/** Why a URI leads nowhere. */
export type LocateFailure = 'no uri' | 'no scheme' | 'no transport' | 'no address' | 'myself'

/** Where a request to a URI goes and from which socket, or why it can't. */
export type Located =
  | { readonly to: Destination; readonly listener: Listener }
  | { readonly failure: LocateFailure }

/** What finding a way needs. */
export interface Ways {
  readonly transport: Transport
  readonly resolver: Resolver
}

/**
 * Finds where a request to `uri` goes. IPv4 literals are answered in the same turn, names later.
 * The transport is the URI's, else UDP if we have it (PROTOCOL 4.1); RFC 3263 beyond A records is
 * not asked. RFC 3261 18.1.1 would move a request over 1300 bytes to TCP: carriers that listen on UDP
 * alone are the rule, so here it stays on UDP.
 */
export function locate(ways: Ways, uri: string, done: (found: Located) => void) {
  const target = parseSipUri(uri)
  if (!target) return done({ failure: 'no uri' })
  if (target.scheme === 'sips') return done({ failure: 'no scheme' })
  const protocol = protocolFor(ways.transport, target)
  if (!protocol) return done({ failure: 'no transport' })
  const host = target.params.get('maddr') || target.host
  const port = target.port ?? defaultPort
  ways.resolver.resolve(host, (address) => {
    if (address === undefined) return done({ failure: 'no address' })
    const to = { protocol, address, port }
    const listener = ways.transport.listenerFor(to)
    if (!listener) return done({ failure: 'no transport' })
    done(isOurs(ways.transport, to) ? { failure: 'myself' } : { to, listener })
  })
}

/** The transport a URI asks for, as far as we speak it. */
function protocolFor(transport: Transport, uri: SipUri): Protocol | undefined {
  const wanted = uri.params.get('transport')?.toLowerCase()
  const order: readonly Protocol[] = ['udp', 'tcp']
  return order.find(
    (protocol) =>
      (wanted === undefined || wanted === protocol) &&
      transport.listeners.some((listener) => listener.protocol === protocol),
  )
}

/** Whether this is a socket of ours: a request sent there would come back as a new one. */
function isOurs(transport: Transport, to: Destination): boolean {
  return transport.listeners.some((listener) => {
    if (listener.port !== to.port || listener.protocol !== to.protocol) return false
    if (listener.address === to.address || literalAddress(listener.host) === to.address) return true
    return listener.address === '0.0.0.0' && to.address.startsWith('127.')
  })
}
