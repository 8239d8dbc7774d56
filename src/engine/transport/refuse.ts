import { allHeaders, firstHeader } from '../message/headers.ts'
import type { Header, Request } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { serialize } from '../message/serialize.ts'

/** What a refusal answers: the bad request and how large it was. */
export interface Refusal {
  readonly request: Request
  readonly status: number
  readonly reason: string
  /** Size of the request on the wire, bytes. */
  readonly size: number
}

const noBody = Buffer.alloc(0)
const copiedOnce = ['From', 'To', 'Call-ID', 'CSeq'] as const

/**
 * The stateless answer to a bad request, or undefined when it would be larger than the request: we
 * never send more to an address than somebody sent in its name. The reason phrase names the fault
 * (RFC 3261 21.4.1).
 */
export function refusalBytes({ request, status, reason, size }: Refusal): Buffer | undefined {
  for (const tag of [statelessTag(request), undefined]) {
    const headers = copiedHeaders(request, tag)
    const bytes = serialize({ kind: 'response', status, reason, headers, body: noBody })
    if (bytes.length <= size) return bytes
  }
  return undefined
}

/** RFC 3261 8.2.6.2: Via entries in order, From, To with a tag, Call-ID, CSeq. */
function copiedHeaders(request: Request, tag: string | undefined): Header[] {
  const headers: Header[] = []
  for (const value of allHeaders(request, 'Via')) headers.push({ name: 'Via', value })
  for (const name of copiedOnce) {
    const value = firstHeader(request, name)
    if (value === undefined) continue
    const tagged = name === 'To' && tag !== undefined && needsTag(value)
    headers.push({ name, value: tagged ? `${value};tag=${tag}` : value })
  }
  return headers
}

/** A To that can't be read is given back as it came. */
function needsTag(to: string): boolean {
  const address = parseNameAddr(to)
  return address !== undefined && address.tag === undefined
}

/** RFC 3261 8.2.7: the same request gets the same tag, though nothing is remembered (FNV-1a). */
function statelessTag(request: Request): string {
  const text = `${firstHeader(request, 'Via')}${firstHeader(request, 'Call-ID')}`
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
