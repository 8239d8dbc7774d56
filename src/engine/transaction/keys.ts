import { parseCSeq } from '../message/cseq.ts'
import { firstHeader, listHeader } from '../message/headers.ts'
import type { Request, Response } from '../message/message.ts'
import { fromTag } from '../message/tags.ts'
import { branchCookie, parseVia, type Via } from '../message/via.ts'
import { defaultPortOf, protocolNamed } from '../transport/protocols.ts'

/**
 * What a request shares with its repetitions, RFC 3261 17.2.3: branch, sent-by and method. An ACK
 * and a CANCEL have the key of the INVITE they belong to. Undefined when the request has no Via or
 * CSeq that can be read.
 */
export function serverKey(request: Request): string | undefined {
  const via = parseVia(firstHeader(request, 'Via') ?? '')
  if (!via) return undefined
  const { method } = request
  const matched = method === 'ACK' || method === 'CANCEL' ? 'INVITE' : method
  const { branch = '' } = via
  if (!isUnique(branch)) return legacyKey(request, matched)
  return key(branch, `${via.host.toLowerCase()}:${via.port ?? defaultPortIn(via)}`, matched)
}

/**
 * What all copies of one request share however they travelled, RFC 3261 8.2.2.2: Call-ID, From tag
 * and CSeq. `method` stands in for the request's own, to find the INVITE of a CANCEL.
 */
export function callKey(request: Request, method = request.method): string | undefined {
  const number = cseqNumber(request)
  const callId = firstHeader(request, 'Call-ID')
  if (number === undefined || callId === undefined) return undefined
  return key(callId, fromTag(request), `${number} ${method}`)
}

/** Where the sender of a Via without a port listens, RFC 3261 18.2.2. */
function defaultPortIn(via: Via): number {
  return defaultPortOf(protocolNamed(via.protocol) ?? 'udp')
}

/** The key of our own request with this branch: a CANCEL shares its branch with its INVITE. */
export function clientKey(branch: string, method: string): string {
  return method === 'CANCEL' ? `${branch};cancel` : branch
}

/** What tells which request a response answers. */
export interface ResponseKey {
  readonly key: string
  /** The method that the request must have. */
  readonly method: string
  /** The sent-by of its topmost Via: RFC 3261 18.1.2 wants it to be ours. */
  readonly host: string
  readonly port: number
  /** Whether other Via entries follow: it answers a request that we have forwarded. */
  readonly forwarded: boolean
}

/**
 * The key of the request that a response answers, RFC 3261 17.1.3. Undefined when it has no Via or
 * CSeq that can be read.
 */
export function responseKey(response: Response): ResponseKey | undefined {
  const [top, second] = listHeader(response, 'Via')
  const via = parseVia(top ?? '')
  const method = parseCSeq(firstHeader(response, 'CSeq') ?? '')?.method
  if (via?.branch === undefined || method === undefined) return undefined
  const { host, port = defaultPortIn(via) } = via
  const forwarded = second !== undefined
  return { key: clientKey(via.branch, method), method, host, port, forwarded }
}

/** RFC 3261 8.1.1.7: the cookie, and after it what tells one request from another. */
function isUnique(branch: string): boolean {
  return branch.startsWith(branchCookie) && branch.length > branchCookie.length
}

/**
 * RFC 3261 17.2.3 for a sender that knows only RFC 2543. The To tag is left out: an ACK has the one
 * of our response, and what else is compared differs between dialogs anyway.
 */
function legacyKey(request: Request, method: string): string | undefined {
  const call = callKey(request, method)
  const via = firstHeader(request, 'Via') ?? ''
  return call === undefined ? undefined : key(request.uri, call, via)
}

/**
 * One string of these, none of which holds a line break. Joined, not added: a sum would hold on to
 * the whole datagram that its parts were cut from, for as long as the transaction lives.
 */
function key(...parts: readonly string[]): string {
  return parts.join('\n')
}

function cseqNumber(request: Request): number | undefined {
  return parseCSeq(firstHeader(request, 'CSeq') ?? '')?.number
}
