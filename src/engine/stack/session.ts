import { type SessionTerms, SessionTimer } from '../dialog/session-timer.ts'
import { firstHeader, listHeader } from '../message/headers.ts'
import type { Header, Message, Request } from '../message/message.ts'
import { parseSessionExpires } from '../message/session-expires.ts'
import type { AppRequest, AppResponse } from '../protocol/types.ts'
import { type KeptBytes, keep } from '../transaction/kept-bytes.ts'
import type { Leg, Stack } from './stack.ts'

/** RFC 4028 5: no session interval is shorter, seconds. */
export const intervalMinS = 90

/** Most requests of an app that may wait for the end of a refresh. */
const heldMax = 8

/** A session description of ours as last sent. */
export interface LocalSession {
  readonly type: string
  readonly body: KeptBytes
}

/** The session timer of a dialog and what a refresh is made of: RFC 4028. */
export interface Session {
  readonly timer: SessionTimer
  /** Whether the peer takes UPDATE, by its Allow. */
  takesUpdate: boolean
  /** Whether the peer knows of session timers. */
  peerKeepsTime: boolean
  /** A refresh of ours is on its way. */
  refreshing: boolean
  /** What an app wanted to send meanwhile. */
  readonly held: (() => void)[]
}

/** The two ways out of a session's time, which the timer is given. */
export interface SessionEnds {
  refresh(stack: Stack, leg: Leg): void
  expire(stack: Stack, leg: Leg): void
}

/** Whether a message lists the option tag `timer`. */
function namesTimer(message: Pick<Message, 'headers'>, header: string): boolean {
  return listHeader(message, header).some((tag) => tag.toLowerCase() === 'timer')
}

function offered(message: Pick<Message, 'headers'>) {
  const value = firstHeader(message, 'Session-Expires')
  return value === undefined ? undefined : parseSessionExpires(value)
}

/** RFC 4028 9: a request for a shorter interval than we take is refused, if its sender understands. */
export function isTooShort(request: Request): boolean {
  if (request.method !== 'INVITE' && request.method !== 'UPDATE') return false
  const wanted = offered(request)
  return wanted !== undefined && wanted.intervalS < intervalMinS && namesTimer(request, 'Supported')
}

/** The Min-SE of a 422 and of our refreshes. */
export const minSe: Header = { name: 'Min-SE', value: String(intervalMinS) }

/** What our 2xx says of the session's time. */
export interface SessionAnswer {
  readonly terms: SessionTerms
  readonly headers: readonly Header[]
}

/**
 * What a 2xx of an app's to an INVITE or UPDATE says of the session's time: the app's own
 * Session-Expires, else that of the request if it names a refresher or one is named already
 * (PROTOCOL 10). Undefined: the session has no timer.
 */
export function answerSession(
  request: Request,
  message: AppResponse,
  session: Session | undefined,
): SessionAnswer | undefined {
  const given = offered(message)
  const wanted = given ?? offered(request)
  if (!wanted) return undefined
  const supports = namesTimer(request, 'Supported') || namesTimer(request, 'Require')
  const refresher = wanted.refresher ?? refresherBefore(session) ?? (given && byDefault(supports))
  if (refresher === undefined) return undefined
  const intervalS = Math.max(intervalMinS, wanted.intervalS)
  const headers = [{ name: 'Session-Expires', value: `${intervalS};refresher=${refresher}` }]
  // RFC 4028 9: who has to refresh must understand that it has to.
  if (refresher === 'uac' && supports && !namesTimer(message, 'Require')) {
    headers.push({ name: 'Require', value: 'timer' })
  }
  return { terms: { intervalS, weRefresh: refresher === 'uas' }, headers }
}

function refresherBefore(session: Session | undefined): 'uac' | 'uas' | undefined {
  if (!session) return undefined
  return session.timer.terms.weRefresh ? 'uas' : 'uac'
}

/** RFC 4028 9, table 2: a peer that does not know of timers cannot refresh. */
function byDefault(supports: boolean): 'uac' | 'uas' {
  return supports ? 'uac' : 'uas'
}

/** What a 2xx to a request of ours says of the session's time: RFC 4028 7.2. */
export function termsOf(response: Pick<Message, 'headers'>): SessionTerms | undefined {
  const said = offered(response)
  if (!said) return undefined
  const intervalS = Math.max(intervalMinS, said.intervalS)
  return { intervalS, weRefresh: said.refresher !== 'uas' }
}

/** What a 2xx to INVITE or UPDATE does to the session timer: it runs anew, or no more. */
export function applyTerms(
  stack: Stack,
  leg: Leg,
  agreed: { readonly terms: SessionTerms | undefined; readonly peer: Message },
) {
  const { terms, peer } = agreed
  if (!terms) return endSession(leg)
  leg.session ??= newSession(stack, leg)
  const methods = listHeader(peer, 'Allow')
  if (methods.length > 0) leg.session.takesUpdate = methods.includes('UPDATE')
  leg.session.peerKeepsTime ||= namesTimer(peer, 'Supported') || offered(peer) !== undefined
  leg.session.timer.arm(terms)
}

function newSession(stack: Stack, leg: Leg): Session {
  const timer = new SessionTimer(stack.clock, stack.random, {
    refresh: () => stack.sessionEnds.refresh(stack, leg),
    expire: () => stack.sessionEnds.expire(stack, leg),
  })
  return { timer, takesUpdate: false, peerKeepsTime: false, refreshing: false, held: [] }
}

/** The session has no timer any more. */
export function endSession(leg: Leg): void {
  const { session } = leg
  leg.session = undefined
  if (leg.state !== 'early') leg.local = undefined
  session?.timer.stop()
  for (const send of session?.held.splice(0) ?? []) send()
}

/** Requests whose body, and that of whose answer, describes the media. */
export const describes: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'PRACK'])

/** Remembers what a message of ours says of our media, as long as a refresh might have to say it. */
export function rememberLocal(leg: Leg, message: Pick<Message, 'headers' | 'body'>): void {
  if (leg.state === 'early' || leg.session) leg.local = localOf(message) ?? leg.local
}

/** The description that a message of ours carries, if it has one. */
export function localOf(message: Pick<Message, 'headers' | 'body'>): LocalSession | undefined {
  if (message.body.length === 0) return undefined
  const type = firstHeader(message, 'Content-Type') ?? 'application/sdp'
  return { type, body: keep(message.body) }
}

/** RFC 4028 7.4: a re-INVITE or UPDATE within a session that has a timer says so. */
export function withSession(leg: Leg, message: AppRequest): AppRequest {
  if (!leg.session || (message.method !== 'INVITE' && message.method !== 'UPDATE')) return message
  if (firstHeader(message, 'Session-Expires') !== undefined) return message
  const headers = [...message.headers, ...sessionHeaders(leg.session)]
  if (!namesTimer(message, 'Supported')) headers.push({ name: 'Supported', value: 'timer' })
  return { ...message, headers }
}

function sessionHeaders({ timer }: Session): Header[] {
  const { intervalS, weRefresh } = timer.terms
  const value = `${intervalS};refresher=${weRefresh ? 'uac' : 'uas'}`
  return [{ name: 'Session-Expires', value }]
}

/** Whether something of a session is being changed, so that a refresh has to wait. */
export function isBusy(leg: Leg): boolean {
  if (leg.outboundInvite || leg.inboundInvite || leg.outboundUpdate || leg.inboundUpdate)
    return true
  return leg.awaitedAck !== undefined || (leg.owedAck !== undefined && !leg.owedAck.sent)
}

/** Keeps what an app wants to send until the refresh is over. False when it need not or cannot wait. */
export function holdBack(leg: Leg, method: string, send: () => void): boolean {
  const { session } = leg
  if (!session?.refreshing || (method !== 'INVITE' && method !== 'UPDATE')) return false
  if (session.held.length >= heldMax) return false
  session.held.push(send)
  return true
}
