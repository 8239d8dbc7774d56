import { firstHeader } from '../message/headers.ts'
import type { Message } from '../message/message.ts'
import { parseVia } from '../message/via.ts'
import { defaultPortOf } from './protocols.ts'
import type { Destination, Endpoint, PeerCertificate } from './types.ts'

/**
 * Under which name a peer is found on an open connection. Of TLS the host that its certificate was
 * checked against is part of it: who has proved to be one host is no other one (RFC 5922 4).
 */
export function peerName(to: Destination): string {
  const { protocol, address, port, serverName = '' } = to
  const proved = protocol === 'tls' ? `/${serverName.toLowerCase()}` : ''
  return `${protocol}/${address}/${port}${proved}`
}

/**
 * The names under which a TLS client wants to be reached over the connection that it has opened, by
 * `alias` in its Via: RFC 5923 8.1. Only hosts that its verified certificate names are among them,
 * and only at the address that it calls from.
 */
export function aliasesOf(
  message: Message,
  source: Endpoint,
  certificate: PeerCertificate,
): readonly string[] {
  if (message.kind !== 'request' || source.protocol !== 'tls') return []
  const via = parseVia(firstHeader(message, 'Via') ?? '')
  if (!via?.params.has('alias')) return []
  const port = via.port ?? defaultPortOf('tls')
  return certificate.verifiedNames.map((serverName) => peerName({ ...source, port, serverName }))
}
