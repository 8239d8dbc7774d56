import {
  firstHeader,
  listHeader,
  replaceHeader,
  splitList,
  withFirstHeader,
  withoutHeader,
} from '../message/headers.ts'
import type { Header, Message, Request, Response } from '../message/message.ts'
import { parseDecimal } from '../message/text.ts'
import { sentBy } from '../stack/app-headers.ts'
import type { Listener } from '../transport/types.ts'
import { maxBreadth } from './loop.ts'

const maxForwardsMax = 255
const defaultMaxForwards = 70

/** Headers that an app may not add to a request it has forwarded: the request has its own. */
const notAdded = new Set([
  ...['Via', 'Route', 'Record-Route', 'RSeq', 'Content-Length', 'From', 'To', 'Call-ID', 'CSeq'],
  ...['Max-Forwards', 'Contact', 'Content-Type', 'Max-Breadth'],
])

/** How often a request may still be forwarded: RFC 3261 16.6.3. */
export function hopsLeft(request: Request): number {
  const value = firstHeader(request, 'Max-Forwards')
  const hops = value === undefined ? undefined : parseDecimal(value, maxForwardsMax)
  // RFC 3261 16.6.3: without one, it leaves us with 70.
  return hops ?? defaultMaxForwards + 1
}

/** How many branches a request may still have: RFC 5393 5.3.3. */
export function breadthLeft(request: Request): number {
  const value = firstHeader(request, 'Max-Breadth')
  return (value === undefined ? undefined : parseDecimal(value, maxBreadth)) ?? maxBreadth
}

/** What is decided about one copy of a request. */
export interface Copy {
  readonly uri: string
  readonly breadth: number
  /** Where it came in and where it leaves, if we are to stay in its path. */
  readonly path: { readonly from: Listener; readonly to: Listener } | undefined
  /** Headers of the app's. */
  readonly added: readonly Header[]
}

/**
 * The copy of a new request for one target, RFC 3261 16.6, all but its Via. A Route that the caller
 * had preloaded is left out: where the request goes is the app's to say.
 */
export function forwardedRequest(request: Request, copy: Copy): Request {
  let headers = withoutHeader(request.headers, 'Route')
  headers = replaceHeader(headers, 'Max-Forwards', String(hopsLeft(request) - 1))
  headers = replaceHeader(headers, 'Max-Breadth', String(copy.breadth))
  if (copy.path) headers = withPath(headers, request.method, copy.path)
  headers.push(...copy.added.filter(({ name }) => !notAdded.has(name)))
  return { ...request, uri: copy.uri, headers }
}

/**
 * RFC 3261 16.6.4; RFC 5658 4: two entries where the request leaves by another socket than it came.
 * RFC 3327 5.2: a registration remembers its way by Path.
 */
function withPath(
  headers: readonly Header[],
  method: string,
  { from, to }: NonNullable<Copy['path']>,
): Header[] {
  const isRegister = method === 'REGISTER'
  const name = isRegister ? 'Path' : 'Record-Route'
  let all = withFirstHeader(headers, name, routeValue(from))
  if (routeValue(to) !== routeValue(from)) all = withFirstHeader(all, name, routeValue(to))
  if (isRegister) all.push({ name: 'Require', value: 'path' })
  return all
}

/** RFC 3261 16.6.4: a URI that leads back to this socket, by a loose router's rules. */
function routeValue(listener: Listener): string {
  const transport = listener.protocol === 'udp' ? '' : `;transport=${listener.protocol}`
  return `<sip:${sentBy(listener)}${transport};lr>`
}

/** The response without its topmost Via entry, which is ours: RFC 3261 16.7.3. */
export function withoutTopVia(response: Response): Response {
  const at = response.headers.findIndex(({ name }) => name === 'Via')
  const [, ...rest] = splitList(response.headers[at]?.value ?? '')
  const headers =
    rest.length === 0
      ? response.headers.toSpliced(at, 1)
      : response.headers.with(at, { name: 'Via', value: rest.join(', ') })
  return { ...response, headers }
}

/** The URIs that a message says its sender, or the proxies before it, can be reached by. */
export function placesIn(message: Message): string[] {
  return [...listHeader(message, 'Contact'), ...listHeader(message, 'Record-Route')]
}
