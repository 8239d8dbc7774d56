import { firstHeader, replaceFirstHeader } from '../message/headers.ts'
import { unbracketed, withoutZone } from '../message/host-port.ts'
import type { Request } from '../message/message.ts'
import { formatVia, parseVia, type Via } from '../message/via.ts'
import { canonicalHost } from './address-bytes.ts'
import { defaultPortOf } from './protocols.ts'
import type { Arrival, Destination, Endpoint } from './types.ts'

/**
 * The request with the truth about its source in the top Via: `received` when the sent-by host is
 * not the source address (RFC 3261 18.2.1), `rport` when asked for (RFC 3581 4) and over UDP always,
 * as drachtio-server does. Whatever the sender claimed in these two is replaced.
 */
export function withSource(request: Request, source: Endpoint): Request {
  const value = firstHeader(request, 'Via')
  const via = value === undefined ? undefined : parseVia(value)
  if (!via || value === undefined) return request
  const asked = via.rport !== undefined
  const rport = asked || source.protocol === 'udp' ? source.port : undefined
  // RFC 3581 4: with rport asked for, received is there even when it equals the sent-by host.
  const address = withoutZone(source.address)
  const isSender = canonicalHost(via.host) === address
  const received = asked || !isSender ? address : undefined
  if (rport === undefined && received === undefined && via.received === undefined) return request
  const stamped = stampedVia(value, via, { rport, received })
  return { ...request, headers: replaceFirstHeader(request.headers, 'Via', stamped) }
}

/**
 * Where the answers to a request go (RFC 3261 18.2.2, RFC 3581 4): over the connection it came by,
 * else to the source address, never to what the Via claims; to the source port where rport is
 * filled in, else to the sent-by port. `maddr` is not followed: it would make us send anywhere.
 */
export function responseDestination(arrival: Arrival<Request>): Destination {
  const { source, connection, listener } = arrival
  const via = parseVia(firstHeader(arrival.message, 'Via') ?? '')
  const useSource = source.protocol === 'udp' && via?.rport !== undefined
  const port = useSource ? source.port : (via?.port ?? defaultPortOf(source.protocol))
  const to = { protocol: source.protocol, address: source.address, port, connection, listener }
  // RFC 5922 7: should the connection be gone, who answers at another one has to prove its name.
  return source.protocol === 'tls' ? { ...to, serverName: unbracketed(via?.host ?? '') } : to
}

interface Stamp {
  readonly rport: number | undefined
  readonly received: string | undefined
}

function stampedVia(value: string, via: Via, { rport, received }: Stamp): string {
  if (via.rport === undefined && via.received === undefined) {
    const port = rport === undefined ? '' : `;rport=${rport}`
    return value + port + (received === undefined ? '' : `;received=${received}`)
  }
  const params = new Map(via.params)
  params.delete('received')
  params.delete('rport')
  if (rport !== undefined) params.set('rport', `${rport}`)
  if (received !== undefined) params.set('received', received)
  return formatVia({ ...via, params })
}
