import { formatHostPort } from '../message/host-port.ts'
import type { Header } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { parseDecimal } from '../message/text.ts'
import type { Listener } from '../transport/types.ts'

/** RFC 3261 8.1.1.6. */
const defaultMaxForwards = '70'
const maxForwardsMax = 255

/** `localhost` where a URI has its host, with a port after it or without. */
const localhost = /(?<=[@:])localhost(?::\d{1,5})?(?=[;>?,\s]|$)/g

const sdpStart = Buffer.from('v=0')

/** `host:port` as we write it about a socket of ours. */
export function sentBy(listener: Listener): string {
  return formatHostPort(listener.host, listener.port)
}

/** The Contact value that leads back to a socket of ours; UDP is what a URI means by default. */
export function contactOf(listener: Listener): string {
  const transport = listener.protocol === 'udp' ? '' : `;transport=${listener.protocol}`
  return `<sip:${sentBy(listener)}${transport}>`
}

/** The value with our own host and port wherever the app wrote `localhost` (PROTOCOL 4.1). */
function withoutLocalhost(value: string, listener: Listener): string {
  return value.includes('localhost') ? value.replace(localhost, sentBy(listener)) : value
}

/**
 * An app's From, To or Contact as it goes on the wire: `localhost` replaced, a bare URI put in angle brackets
 * so that its parameters stay the header's (RFC 3261 20.10). Undefined when it is no address.
 */
export function addressValue(value: string, listener: Listener): string | undefined {
  const text = withoutLocalhost(value, listener)
  const address = parseNameAddr(text)
  if (!address) return undefined
  if (text.includes('<')) return text
  const params = text.indexOf(';')
  return params < 0 ? `<${address.uri}>` : `<${address.uri}>${text.slice(params)}`
}

/**
 * An app's Contact as it goes on the wire. RFC 3261 19.1.1: a URI without `transport` means UDP, and
 * an app that writes `localhost` leaves it to us over what it is reached.
 */
function contactValue(given: string, listener: Listener): string {
  const value = addressValue(given, listener) ?? given
  const uri = parseNameAddr(value)?.uri
  const isOurs = withoutLocalhost(given, listener) !== given
  if (!isOurs || !uri || listener.protocol === 'udp') return value
  if (/;transport=|\?/i.test(uri)) return value
  return value.replace(`<${uri}>`, () => `<${uri};transport=${listener.protocol}>`)
}

/** The app's Max-Forwards if it is one, else 70. */
export function maxForwardsValue(value: string | undefined): string {
  if (value === undefined) return defaultMaxForwards
  return parseDecimal(value, maxForwardsMax) === undefined ? defaultMaxForwards : value
}

/**
 * The Content-Type for a body: the app's, or that of SDP for what begins like SDP. Undefined when
 * there is no body, `missing` when nobody knows.
 */
export function contentType(
  given: string | undefined,
  body: Buffer,
): { readonly value: string | undefined; readonly missing: boolean } {
  if (given !== undefined) return { value: given, missing: false }
  if (body.length === 0) return { value: undefined, missing: false }
  const isSdp = body.subarray(0, sdpStart.length).equals(sdpStart)
  return isSdp ? { value: 'application/sdp', missing: false } : { value: undefined, missing: true }
}

/** What an app said about one message, sorted into what we treat by rule and all the rest. */
export interface SortedHeaders {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly callId: string | undefined
  readonly cseq: string | undefined
  readonly contact: string | undefined
  readonly contentType: string | undefined
  readonly maxForwards: string | undefined
  /** In their order, `localhost` replaced where PROTOCOL 4.1 says so. */
  readonly others: readonly Header[]
}

/** Sorts an app's headers. Via, Route, Record-Route, RSeq and Content-Length are ours: dropped. */
export function sortHeaders(headers: readonly Header[], listener: Listener): SortedHeaders {
  const found = {
    from: undefined as string | undefined,
    to: undefined as string | undefined,
    callId: undefined as string | undefined,
    cseq: undefined as string | undefined,
    contact: undefined as string | undefined,
    contentType: undefined as string | undefined,
    maxForwards: undefined as string | undefined,
    others: [] as Header[],
  }
  for (const header of headers) {
    switch (header.name) {
      case 'From':
        found.from = header.value
        break
      case 'To':
        found.to = header.value
        break
      case 'Call-ID':
        found.callId = header.value
        break
      case 'CSeq':
        found.cseq = header.value
        break
      case 'Contact':
        found.contact = contactValue(header.value, listener)
        break
      case 'Content-Type':
        found.contentType = header.value
        break
      case 'Max-Forwards':
        found.maxForwards = header.value
        break
      case 'P-Asserted-Identity':
        found.others.push({ name: header.name, value: withoutLocalhost(header.value, listener) })
        break
      case 'Via':
      case 'Route':
      case 'Record-Route':
      case 'RSeq':
      case 'Content-Length':
        break
      default:
        found.others.push(header)
    }
  }
  return found
}
