import { sourceOf } from '../dialog/dialog.ts'
import { locate } from '../locate/locate.ts'
import { firstHeader, listHeader, replaceHeader, withoutHeader } from '../message/headers.ts'
import type { Request, Response } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import type { Places } from '../stack/attempts.ts'
import { refuse } from '../stack/pending.ts'
import type { Stack } from '../stack/stack.ts'
import type { ServerTransaction } from '../transaction/types.ts'
import type { Arrival, Listener } from '../transport/types.ts'
import { breadthLeft, hopsLeft } from './forward.ts'
import { loopMark } from './loop.ts'
import { isOwnUri, placeOf } from './own-address.ts'
import { learnPlaces, type ProxiedDialog } from './proxied-dialogs.ts'
import { ResponseContext } from './response-context.ts'

const noTimes = { provisionalTimeoutMs: undefined, finalTimeoutMs: undefined }

/**
 * Passes on a request of a dialog whose path we are in (PROTOCOL 12). False when it belongs to no
 * such dialog. It is not relayed statelessly as by the real server: over UDP that would leave it to
 * the caller to repeat what the callee has lost, and Max-Forwards goes down as RFC 3261 16.6 wants.
 */
export function relayRequest(stack: Stack, transaction: ServerTransaction): boolean {
  const { arrival } = transaction
  const dialog = stack.proxied.find(arrival.message, stack.clock.monotonic())
  if (!dialog) return false
  const next = nextOf(arrival.message, stack.transport.listeners)
  if (hopsLeft(arrival.message) < 1) {
    refuse(stack, transaction, { code: 483, reason: 'Too Many Hops' })
  } else if (stack.proxies.size >= stack.limits.pendingRequestsMax) {
    refuse(stack, transaction, { code: 503, reason: 'Service Unavailable' })
  } else if (!mayGo(dialog, next.hop)) {
    refuse(stack, transaction, { code: 403, reason: 'Forbidden' })
  } else {
    learnPlaces(dialog, arrival.message, sourceOf(arrival))
    forward(stack, dialog, { transaction, next })
  }
  return true
}

/** Passes on an ACK to a 2xx, which has no transaction: RFC 3261 16.11. */
export function relayAck(stack: Stack, ack: Arrival<Request>): void {
  const dialog = stack.proxied.find(ack.message, stack.clock.monotonic())
  const next = nextOf(ack.message, stack.transport.listeners)
  if (!dialog || !mayGo(dialog, next.hop) || hopsLeft(ack.message) < 1) return
  findWay(stack, dialog, next.hop, (way) => {
    if (way) stack.layer.sendAck(next.request, way.to)
  })
}

interface Relayed {
  readonly transaction: ServerTransaction
  readonly next: Next
}

function forward(stack: Stack, dialog: ProxiedDialog, { transaction, next }: Relayed): void {
  const { message } = transaction.arrival
  const endsIt = message.method === 'BYE' || isLastNotify(message)
  const context = new ResponseContext(stack, {
    transaction,
    targets: [next.hop],
    simultaneous: false,
    followRedirects: false,
    times: noTimes,
    loopMark: loopMark(message),
    breadth: Math.max(1, breadthLeft(message)),
    prepare: (_target, done) => {
      findWay(stack, dialog, next.hop, (way) => done(way && { request: next.request, way }))
    },
    events: {
      onSent: (sent) => {
        if (message.method !== 'BYE') return
        stack.records.stop('network', message, 'normal-release')
        stack.records.stop('application', sent, 'normal-release')
      },
      onPassed: (arrival: Arrival<Response>) => {
        learnPlaces(dialog, arrival.message, sourceOf(arrival))
      },
      onDone: () => {
        if (endsIt) stack.proxied.close(dialog)
      },
    },
  })
  context.start()
}

/** RFC 6665 4.1.3. */
function isLastNotify(request: Request): boolean {
  if (request.method !== 'NOTIFY') return false
  return (firstHeader(request, 'Subscription-State') ?? '').startsWith('terminated')
}

interface Next {
  readonly request: Request
  /** The URI that says where it goes. */
  readonly hop: string
}

/**
 * The request as it leaves us and where to: RFC 3261 16.4, without the Route entries that led here;
 * where a strict router had put us into the request-URI, the last Route goes back there.
 */
function nextOf(request: Request, listeners: readonly Listener[]): Next {
  const routes = listHeader(request, 'Route')
  let { uri } = request
  if (isOwnUri(listeners, uri) && routes.length > 0) uri = uriOf(routes.pop())
  while (routes.length > 0 && isOwnUri(listeners, uriOf(routes[0]))) routes.shift()
  let headers = withoutHeader(request.headers, 'Route')
  headers = replaceHeader(headers, 'Max-Forwards', String(hopsLeft(request) - 1))
  const route = routes.map((value) => ({ name: 'Route', value }))
  const [first] = routes
  const hop = first === undefined ? uri : uriOf(first)
  return { request: { ...request, uri, headers: [...route, ...headers] }, hop }
}

function uriOf(value: string | undefined): string {
  return parseNameAddr(value ?? '')?.uri ?? ''
}

function mayGo(dialog: ProxiedDialog, hop: string): boolean {
  const place = placeOf(hop)
  return place !== undefined && dialog.places.has(place)
}

/** Back over the connection that its owner was last heard on, else where the URI leads. */
function findWay(
  stack: Stack,
  dialog: ProxiedDialog,
  hop: string,
  done: (way: Places | undefined) => void,
) {
  const known = dialog.places.get(placeOf(hop) ?? '')
  const { connection } = known ?? {}
  if (known && connection !== undefined && stack.transport.isConnected(connection)) {
    return done({ to: known, others: [], isPinned: true })
  }
  locate(stack, hop, (found) => done('failure' in found ? undefined : found))
}
