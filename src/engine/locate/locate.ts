import { isIPv4 } from 'node:net'
import { unbracketed } from '../message/host-port.ts'
import { parseSipUri, type SipUri } from '../message/uri.ts'
import { defaultPortOf } from '../transport/protocols.ts'
import type { Destination, Endpoint, Listener, Protocol, Transport } from '../transport/types.ts'
import type { Family } from './lookup.ts'
import { literalAddress, type Place, type Resolver } from './resolve.ts'
import { type Service, servicesFor } from './services.ts'
import type { Unreachable } from './unreachable.ts'

/** Why a URI leads nowhere. */
export type LocateFailure = 'no uri' | 'no scheme' | 'no transport' | 'no address' | 'myself'

/** One place that a request may go to, and from which socket. */
export interface Way {
  readonly to: Destination
  readonly listener: Listener
}

/** Where a request to a URI goes, the places to try after that, or why it can't. */
export type Located =
  | (Way & {
      /** RFC 3263 4.3. */
      readonly others: readonly Way[]
      /** Whether nothing but this transport will do: the URI names it, or a flow is to be kept. */
      readonly isPinned: boolean
    })
  | { readonly failure: LocateFailure }

/** What finding a way needs. */
export interface Ways {
  readonly transport: Transport
  readonly resolver: Resolver
  readonly unreachable: Unreachable
  readonly report: (cause: unknown) => void
}

/**
 * Finds where a request to `uri` goes by RFC 3263 4. Addresses are answered in the same turn, names
 * later.
 */
export function locate(ways: Ways, uri: string, done: (found: Located) => void) {
  const target = parseSipUri(uri)
  if (!target) return done({ failure: 'no uri' })
  const { listeners } = ways.transport
  const isPinned = target.params.has('transport')
  const isSpoken = (protocol: Protocol) => listeners.some((one) => one.protocol === protocol)
  const services = servicesFor(target, isSpoken)
  const [preferred] = services
  if (!preferred) {
    return done({ failure: target.scheme === 'sips' ? 'no scheme' : 'no transport' })
  }
  // RFC 3263 4: the maddr parameter is the target where there is one.
  const host = target.params.get('maddr') || target.host
  const address = literalAddress(host)
  if (address !== undefined) {
    const port = target.port ?? defaultPortOf(preferred.protocol)
    return done(choose(ways, target, [{ service: preferred, address, port }]))
  }
  // What is in brackets and no address is nothing that the DNS could know; RFC 6761 6.4: neither is
  // `.invalid`, where pages say that they are (RFC 7118).
  if (host.startsWith('[') || host.toLowerCase().endsWith('.invalid')) {
    return done({ failure: 'no address' })
  }
  const families = (service: Service) => familiesOf(listeners, service)
  ways.resolver
    .places({ host, port: target.port, services, isPinned, families })
    .then((places) => done(choose(ways, target, places)))
    .catch(ways.report)
}

/** The places that we have a socket for, those first that have not failed of late. */
function choose(ways: Ways, target: SipUri, places: readonly Place[]): Located {
  const reachable = places.flatMap((place) => wayTo(ways.transport, target, place))
  const elsewhere = reachable.filter(({ to }) => !isOurs(ways.transport, to))
  const isDown = ({ to }: Way) => ways.unreachable.has(to)
  const ordered = [
    ...elsewhere.filter((way) => !isDown(way)),
    ...elsewhere.filter((way) => isDown(way)),
  ]
  const [first, ...others] = ordered
  if (first) return { ...first, others, isPinned: target.params.has('transport') }
  return { failure: reachable.length > 0 ? 'myself' : 'no address' }
}

function wayTo(transport: Transport, target: SipUri, { service, address, port }: Place): Way[] {
  const { protocol } = service
  const endpoint: Endpoint = { protocol, address, port }
  const listener = transport.listenerFor(endpoint)
  if (!listener) return []
  // RFC 5922 7.3: whatever the DNS says, a TLS server has to be who the URI names.
  const serverName = protocol === 'tls' ? { serverName: unbracketed(target.host) } : {}
  return [{ to: { ...endpoint, ...serverName }, listener }]
}

/** The families of the listeners that speak a service, in the listeners' order. */
function familiesOf(listeners: readonly Listener[], { protocol }: Service): Family[] {
  const found = listeners
    .filter((one) => one.protocol === protocol)
    .map(({ address }) => familyOf(address))
  return [...new Set(found)]
}

function familyOf(address: string): Family {
  return isIPv4(address) ? 4 : 6
}

/** Whether this is a socket of ours: a request sent there would come back as a new one. */
function isOurs(transport: Transport, to: Endpoint): boolean {
  return transport.listeners.some((listener) => {
    if (listener.port !== to.port || listener.protocol !== to.protocol) return false
    if (listener.address === to.address || literalAddress(listener.host) === to.address) return true
    if (listener.address === '::') return to.address === '::1'
    return listener.address === '0.0.0.0' && to.address.startsWith('127.')
  })
}
