import { formatHostPort, parseHostPort } from './host-port.ts'
import { formatParams, type Params, parseParams } from './params.ts'
import { isToken, parseDecimal, skipSpace, space, tab, trimmedSlice } from './text.ts'

/** One Via entry, RFC 3261 20.42. `rport` is '' when asked for and not filled in (RFC 3581). */
export interface Via {
  /** The transport in upper case: `UDP`, `TCP`, or one that we do not speak. */
  readonly protocol: string
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
  const hostStart = afterProtocol(value)
  if (hostStart < 0) return undefined
  const protocol = readProtocol(value, hostStart)
  const semicolonAt = value.indexOf(';', hostStart)
  const hostEnd = semicolonAt < 0 ? value.length : semicolonAt
  const sentBy = parseHostPort(withoutSpace(trimmedSlice(value, hostStart, hostEnd)))
  const params = parseParams(value, hostEnd)
  if (!protocol || !sentBy || !params) return undefined
  const rport = readRport(params.get('rport'))
  if (rport === null) return undefined
  const { host, port } = sentBy
  return {
    protocol,
    host,
    port,
    branch: params.get('branch'),
    received: params.get('received'),
    rport,
    params,
  }
}

/** Writes a Via entry from its protocol, sent-by and `params`. */
export function formatVia(via: Pick<Via, 'protocol' | 'host' | 'port' | 'params'>): string {
  const sentBy = formatHostPort(via.host, via.port)
  return `SIP/2.0/${via.protocol} ${sentBy}${formatParams(via.params)}`
}

/** Writes a Via entry of our own: `SIP/2.0/UDP host:port;branch=...`, with `;rport` if asked. */
export function newVia(protocol: string, sentBy: string, branch: string, rport: boolean): string {
  const ask = rport ? ';rport' : ''
  return `SIP/2.0/${protocol.toUpperCase()} ${sentBy}${ask};branch=${branch}`
}

/** The position of the host: after `SIP / 2.0 / UDP ` and the white space behind it, or -1. */
function afterProtocol(value: string): number {
  if (value.startsWith('SIP/2.0/')) return skipWord(value, 8)
  const first = value.indexOf('/')
  const second = first < 0 ? -1 : value.indexOf('/', first + 1)
  if (second < 0) return -1
  if (trimmedSlice(value, 0, first).toUpperCase() !== 'SIP') return -1
  if (trimmedSlice(value, first + 1, second) !== '2.0') return -1
  return skipWord(value, skipSpace(value, second + 1))
}

/** The position after one word and the white space that must follow it, or -1. */
function skipWord(value: string, from: number): number {
  let at = from
  while (at < value.length && value.charCodeAt(at) !== space && value.charCodeAt(at) !== tab) at++
  return at > from && at < value.length ? skipSpace(value, at) : -1
}

function readProtocol(value: string, end: number): string | undefined {
  const word = trimmedSlice(value, value.lastIndexOf('/', end - 1) + 1, end)
  if (word === 'UDP' || word === 'TCP') return word
  return isToken(word) ? word.toUpperCase() : undefined
}

function readRport(text: string | undefined): number | '' | undefined | null {
  if (text === undefined || text === '') return text
  return parseDecimal(text, portMax) || null
}

function withoutSpace(text: string): string {
  if (text.indexOf(' ') < 0 && text.indexOf('\t') < 0) return text
  return text.replace(/[ \t]*:[ \t]*/, ':')
}
