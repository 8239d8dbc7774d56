import { listHeader } from '../message/headers.ts'
import type { Request } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { uriScheme } from '../message/uri.ts'
import type { Listener } from '../transport/types.ts'
import { sentBy } from './app-headers.ts'

/**
 * Our Contact as the dialog wants it that a request opens: RFC 3261 12.1.1 for a request that came,
 * 8.1.1.8 for one of ours. Where a Contact leads elsewhere than to the socket, it is its author's.
 */
export function secured(contact: string, request: Request, listener: Listener): string {
  const isSecure = listener.protocol === 'tls' || listener.protocol === 'wss'
  if (!isSecure || !contact.includes(sentBy(listener)) || !wantsSips(request)) return contact
  // RFC 3261 26.2.2: that it is TLS is said by the scheme, not by the transport.
  return contact
    .replace(/<sip:/i, '<sips:')
    .replace(/;transport=tls(?=[;>?])/i, '')
    .replace(/;transport=wss(?=[;>?])/i, ';transport=ws')
}

/** Whether the Request-URI, or whoever stands next to us, is to be reached by TLS alone. */
function wantsSips(request: Request): boolean {
  if (uriScheme(request.uri) === 'sips') return true
  const [next] = [...listHeader(request, 'Record-Route'), ...listHeader(request, 'Contact')]
  return next !== undefined && uriScheme(parseNameAddr(next)?.uri ?? '') === 'sips'
}
