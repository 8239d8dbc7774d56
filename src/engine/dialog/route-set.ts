import { listHeader } from '../message/headers.ts'
import type { Message } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { parseSipUri, type SipUri } from '../message/uri.ts'

/** How a request travels inside a dialog: RFC 3261 12.2.1.1. */
export interface RoutePlan {
  readonly requestUri: string
  readonly routes: readonly string[]
  /** The URI that says where the request is sent first. */
  readonly nextHop: string
}

/**
 * The Record-Route entries of a message as a route set: in their order where a request opens the
 * dialog (RFC 3261 12.1.1), reversed where a response does (12.1.2).
 */
export function routeSetOf(message: Message): readonly string[] {
  const entries = listHeader(message, 'Record-Route')
  return message.kind === 'response' ? entries.reverse() : entries
}

/** The request-URI, Route headers and next hop that a route set asks for. */
export function planRoute(routeSet: readonly string[], remoteTarget: string): RoutePlan {
  const first = routeSet[0]
  const uri = first === undefined ? undefined : parseNameAddr(first)?.uri
  if (uri === undefined) return { requestUri: remoteTarget, routes: [], nextHop: remoteTarget }
  // RFC 3261 12.2.1.1: a loose router leaves the remote target in the request-URI.
  if (parseSipUri(uri)?.params.has('lr')) {
    return { requestUri: remoteTarget, routes: routeSet, nextHop: uri }
  }
  // RFC 3261 12.2.1.1: a strict router wants itself there, and the remote target as last route.
  const strict = uri.split('?', 1)[0] ?? uri
  return { requestUri: strict, routes: [...routeSet.slice(1), `<${remoteTarget}>`], nextHop: uri }
}

/**
 * The URI of the first Contact, if it is one that a request can be sent to, without its header part,
 * which RFC 3261 19.1.1 allows neither in a dialog's Contact nor in a request-URI.
 */
export function contactUri(message: Message): { text: string; uri: SipUri } | undefined {
  const first = listHeader(message, 'Contact')[0]
  const text = first === undefined ? undefined : parseNameAddr(first)?.uri.split('?', 1)[0]
  const uri = text === undefined ? undefined : parseSipUri(text)
  return text !== undefined && uri ? { text, uri } : undefined
}
