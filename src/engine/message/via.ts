import { formatHostPort, parseHostPort } from './host-port.ts'
import { formatParams, type Params, parseParams } from './params.ts'
import { isToken, parseDecimal, skipSpace, space, tab, trimmedSlice } from './text.ts'

/** One Via entry, RFC 3261 20.42. `rport` is '' when asked for and not filled in (RFC 3581). */
export interface Via {
  /** The transport in upper case: `UDP`, `TCP`, or one that we do not speak. */
  readonly protocol: string
  /** `2.0`, but for a message of a version that we refuse and yet must answer (RFC 3261 21.5.6). */
  readonly version: string
  readonly host: string
  readonly port?: number | undefined
  readonly branch?: string | undefined
  readonly received?: string | undefined
  readonly rport?: number | '' | undefined
  /** All parameters, those above included. */
  readonly params: Params
}

/** What every branch that RFC 3261 knows begins with (8.1.1.7). */
export const branchCookie = 'z9hG4bK'

const portMax = 65_535

/** Reads one Via entry, white space wherever RFC 3261 25.1 allows it; undefined when it is none. */
export function parseVia(value: string): Via | undefined {
  const sent = readProtocol(value)
  if (!sent) return undefined
  const { hostStart } = sent
  const semicolonAt = value.indexOf(';', hostStart)
  const hostEnd = semicolonAt < 0 ? value.length : semicolonAt
  const sentBy = parseHostPort(withoutSpace(value, hostStart, hostEnd))
  const params = parseParams(value, hostEnd)
  if (!sentBy || !params) return undefined
  const rport = readRport(params.get('rport'))
  if (rport === null) return undefined
  const { host, port } = sentBy
  return {
    protocol: sent.protocol,
    version: sent.version,
    host,
    port,
    branch: params.get('branch'),
    received: params.get('received'),
    rport,
    params,
  }
}

/** Writes a Via entry from its parts and `params`. */
export function formatVia(via: Omit<Via, 'branch' | 'received' | 'rport'>): string {
  const sentBy = formatHostPort(via.host, via.port)
  return `SIP/${via.version}/${via.protocol} ${sentBy}${formatParams(via.params)}`
}

/** What a Via entry of our own says. */
export interface OwnVia {
  readonly protocol: string
  readonly sentBy: string
  readonly branch: string
  /** A parameter without a value. */
  readonly flag?: string | undefined
}

/** Writes a Via entry of our own: `SIP/2.0/UDP host:port;rport;branch=...`. */
export function newVia({ protocol, sentBy, branch, flag }: OwnVia): string {
  const ask = flag === undefined ? '' : `;${flag}`
  return `SIP/2.0/${protocol.toUpperCase()} ${sentBy}${ask};branch=${branch}`
}

/** What stands before the host: `SIP / 2.0 / UDP ` and the white space behind it. */
interface SentProtocol {
  readonly version: string
  readonly protocol: string
  readonly hostStart: number
}

const udp2 = 'SIP/2.0/UDP '
const tcp2 = 'SIP/2.0/TCP '

function readProtocol(value: string): SentProtocol | undefined {
  // Nearly all are written so; the rest may have white space around the slashes.
  const isUdp = value.startsWith(udp2)
  if (isUdp || value.startsWith(tcp2)) {
    const hostStart = skipSpace(value, udp2.length)
    return { version: '2.0', protocol: isUdp ? 'UDP' : 'TCP', hostStart }
  }
  const first = value.indexOf('/')
  const second = first < 0 ? -1 : value.indexOf('/', first + 1)
  if (second < 0 || trimmedSlice(value, 0, first).toUpperCase() !== 'SIP') return undefined
  const version = trimmedSlice(value, first + 1, second)
  const start = skipSpace(value, second + 1)
  const hostStart = skipWord(value, start)
  const protocol = trimmedSlice(value, start, Math.max(start, hostStart))
  if (!isToken(version) || !isToken(protocol)) return undefined
  return { version, protocol: protocol.toUpperCase(), hostStart }
}

/** The position after one word and the white space that must follow it, or -1. */
function skipWord(value: string, from: number): number {
  let at = from
  while (at < value.length && value.charCodeAt(at) !== space && value.charCodeAt(at) !== tab) at++
  return at > from && at < value.length ? skipSpace(value, at) : -1
}

function readRport(text: string | undefined): number | '' | undefined | null {
  if (text === undefined || text === '') return text
  return parseDecimal(text, portMax) || null
}

/** RFC 3261 25.1 allows white space around the colon of a sent-by; an address's own are in brackets. */
function withoutSpace(text: string, from: number, to: number): string {
  const host = trimmedSlice(text, from, to)
  if (host.indexOf(' ') < 0 && host.indexOf('\t') < 0) return host
  const colonAt = host.indexOf(':', host.lastIndexOf(']'))
  if (colonAt < 0) return host
  const port = trimmedSlice(host, colonAt + 1, host.length)
  return `${trimmedSlice(host, 0, colonAt)}:${port}`
}
