import { listHeader } from '../message/headers.ts'
import type { Response } from '../message/message.ts'
import { type NameAddr, parseNameAddr } from '../message/name-addr.ts'
import { parseSipUri } from '../message/uri.ts'

/** The SIP targets of a redirection, the preferred ones first: RFC 3261 8.1.3.4, 20.10. */
export function redirectTargets(response: Response): string[] {
  return listHeader(response, 'Contact')
    .map(parseNameAddr)
    .filter((contact) => contact !== undefined)
    .filter(({ uri }) => parseSipUri(uri) !== undefined)
    .sort((a, b) => preference(b) - preference(a))
    .map(({ uri }) => withoutHeaderPart(uri))
}

function preference(contact: NameAddr): number {
  const q = Number(contact.params.get('q') ?? 1)
  return q >= 0 && q <= 1 ? q : 0
}

/** RFC 3261 19.1.5 lets a URI write headers into a request; a redirection shall not write ours. */
function withoutHeaderPart(uri: string): string {
  return uri.split('?', 1)[0] ?? uri
}
