import { unbracketed } from '../message/host-port.ts'
import { parseSipUri, type SipUri } from '../message/uri.ts'
import { defaultPortOf } from '../transport/protocols.ts'
import type { Destination, Endpoint, Listener, Protocol, Transport } from '../transport/types.ts'
import { literalAddress, type Resolver } from './resolve.ts'

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
 * Finds where a request to `uri` goes. Addresses are answered in the same turn, names later.
 * The transport is the URI's, else UDP if we have it (PROTOCOL 4.1); RFC 3263 beyond A records is
 * not asked. RFC 3261 18.1.1 would move a request over 1300 bytes to TCP: carriers that listen on UDP
 * alone are the rule, so here it stays on UDP.
 */
export function locate(ways: Ways, uri: string, done: (found: Located) => void) {
  const target = parseSipUri(uri)
  if (!target) return done({ failure: 'no uri' })
  const protocol = protocolFor(ways.transport, target)
  const isUnserved = target.scheme === 'sips' && !protocol
  if (!protocol) return done({ failure: isUnserved ? 'no scheme' : 'no transport' })
  const host = target.params.get('maddr') || target.host
  const port = target.port ?? defaultPortOf(protocol)
  ways.resolver.resolve(host, (address) => {
    if (address === undefined) return done({ failure: 'no address' })
    const to = destination({ protocol, address, port }, target)
    const listener = ways.transport.listenerFor(to)
    if (!listener) return done({ failure: 'no transport' })
    done(isOurs(ways.transport, to) ? { failure: 'myself' } : { to, listener })
  })
}

/** RFC 5922 7.3: whatever the way there is, a TLS server has to be who the URI names. */
function destination(to: Endpoint, target: SipUri): Destination {
  return to.protocol === 'tls' ? { ...to, serverName: unbracketed(target.host) } : to
}

/** The protocols that each transport parameter may mean: RFC 7118 5.3 has one for both WebSockets. */
const meant: Readonly<Record<string, readonly Protocol[]>> = {
  udp: ['udp'],
  tcp: ['tcp'],
  tls: ['tls'],
  ws: ['ws', 'wss'],
  wss: ['wss'],
}

/** RFC 3261 26.2.2: nothing of a `sips:` target goes unprotected. */
const meantBySips: Readonly<Record<string, readonly Protocol[]>> = {
  tcp: ['tls'],
  tls: ['tls'],
  ws: ['wss'],
  wss: ['wss'],
}

/** The transport a URI asks for, as far as we speak it. */
function protocolFor(transport: Transport, uri: SipUri): Protocol | undefined {
  const wanted = uri.params.get('transport')?.toLowerCase()
  const isSips = uri.scheme === 'sips'
  const table = isSips ? meantBySips : meant
  const unsaid: readonly Protocol[] = isSips ? ['tls'] : ['udp', 'tcp', 'tls']
  const order = wanted === undefined ? unsaid : Object.hasOwn(table, wanted) ? table[wanted] : []
  return order?.find((protocol) =>
    transport.listeners.some((listener) => listener.protocol === protocol),
  )
}

/** Whether this is a socket of ours: a request sent there would come back as a new one. */
function isOurs(transport: Transport, to: Destination): boolean {
  return transport.listeners.some((listener) => {
    if (listener.port !== to.port || listener.protocol !== to.protocol) return false
    if (listener.address === to.address || literalAddress(listener.host) === to.address) return true
    if (listener.address === '::') return to.address === '::1'
    return listener.address === '0.0.0.0' && to.address.startsWith('127.')
  })
}
