import { parseCSeq } from '../message/cseq.ts'
import { firstHeader } from '../message/headers.ts'
import { hostOf, withoutZone } from '../message/host-port.ts'
import type { Message, Request, Response } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { tagOf } from '../message/tags.ts'
import { parseSipUri, type SipUri } from '../message/uri.ts'
import { canonicalHost } from '../transport/address-bytes.ts'
import { defaultPortOf } from '../transport/protocols.ts'
import type { Arrival, Destination, Endpoint, Listener } from '../transport/types.ts'
import { dialogIdOf } from './dialog-id.ts'
import { contactUri, planRoute, type RoutePlan, routeSetOf } from './route-set.ts'

/** RFC 3261 8.1.1.5: sequence numbers stay below 2^31. */
const sequenceEnd = 2 ** 31

/** What a dialog is made of before it has lived: RFC 3261 12.1.1 and 12.1.2. */
interface DialogStart {
  readonly side: 'uas' | 'uac'
  readonly callId: string
  readonly local: string
  readonly remote: string
  readonly localTag: string
  readonly remoteTag: string
  readonly localSequence: number
  readonly remoteSequence: number
  readonly arrival: Arrival
}

/** One dialog, RFC 3261 12: who talks to whom, by which numbers and over which route. No I/O. */
export class Dialog {
  /** What the app calls it (PROTOCOL 6). */
  id: string
  readonly side: 'uas' | 'uac'
  readonly callId: string
  /** Our From or To value, with our tag, as it stands in the requests we send. */
  readonly local: string
  readonly remote: string
  readonly localTag: string
  readonly remoteTag: string
  readonly listener: Listener
  /** Where the peer, or the proxy next to us, was last seen. */
  source: Destination
  remoteTarget = ''
  #localSequence: number
  #remoteSequence: number
  #routeSet: readonly string[] = []
  #natted = false

  constructor(start: DialogStart) {
    this.side = start.side
    this.callId = start.callId
    this.local = start.local
    this.remote = start.remote
    this.localTag = start.localTag
    this.remoteTag = start.remoteTag
    this.#localSequence = start.localSequence
    this.#remoteSequence = start.remoteSequence
    this.id = dialogIdOf(start.callId, start.side === 'uas' ? start.remoteTag : start.localTag)
    this.listener = start.arrival.listener
    this.source = sourceOf(start.arrival)
    this.#routeSet = routeSetOf(start.arrival.message)
    this.refreshTarget(start.arrival.message, this.source)
    if (this.remoteTarget === '') this.remoteTarget = uriOfEndpoint(start.arrival.source)
  }

  /** Gives the dialog of a further branch a name of its own. */
  nameAsFork(): void {
    this.id = `${this.id};to-tag=${this.remoteTag}`
  }

  /** The number for the next request of ours. RFC 3261 12.2.1.1: one more each time. */
  nextSequence(): number {
    this.#localSequence = (this.#localSequence + 1) % sequenceEnd
    return this.#localSequence
  }

  /** Takes the peer's number; false when it is not higher than the last one (12.2.2). */
  acceptSequence(sequence: number): boolean {
    if (sequence <= this.#remoteSequence) return false
    this.#remoteSequence = sequence
    return true
  }

  /** RFC 3261 13.2.2.4: the 2xx says the route set anew, whatever a provisional had said. */
  confirm(response: Arrival<Response>): void {
    this.#routeSet = routeSetOf(response.message)
    this.refreshTarget(response.message, sourceOf(response))
  }

  /** RFC 3261 12.2.1.2 and 12.2.2: a target refresh replaces the remote target, if it has one. */
  refreshTarget(message: Message, source: Destination): void {
    this.source = source
    const contact = contactUri(message)
    if (!contact) return
    this.remoteTarget = contact.text
    this.#natted = source.protocol === 'udp' && this.#looksNatted(contact.uri, source)
  }

  /** Request-URI, Route headers and next hop for a request in this dialog. */
  plan(): RoutePlan {
    return planRoute(this.#routeSet, this.remoteTarget)
  }

  /**
   * Where a request goes although its next hop says otherwise: to a peer behind a NAT, or back over
   * the connection it came on; one that we opened is kept where the next hop is its other end.
   * Undefined when the next hop decides.
   */
  get override(): Destination | undefined {
    if (this.#natted) return this.source
    const { connection, protocol } = this.source
    if (connection === undefined) return undefined
    // RFC 7118 5: nobody but the peer can open a WebSocket, whichever side called.
    const isOnlyWay = protocol === 'ws' || protocol === 'wss' || this.side === 'uas'
    return isOnlyWay || this.#leadsToSource() ? this.source : undefined
  }

  #leadsToSource(): boolean {
    const nextHop = parseSipUri(this.plan().nextHop)
    const { address, port, protocol } = this.source
    if (!nextHop || !isAt(nextHop, address)) return false
    return (nextHop.port ?? defaultPortOf(protocol)) === port
  }

  /** A Contact that cannot be where the message came from (PROTOCOL 9). */
  #looksNatted(contact: SipUri, source: Endpoint): boolean {
    // RFC 4007 6: without its zone, which the source alone has, a link-local address leads nowhere.
    if (source.address.includes('%')) return true
    const first = this.#routeSet[0]
    if (first !== undefined) return this.side === 'uac' && isPrivateDetour(first, source.address)
    if (!isAt(contact, source.address)) return true
    return this.side === 'uas' && contact.port !== undefined && contact.port !== source.port
  }
}

/** The dialog that an INVITE or SUBSCRIBE from the network opens with our tag, 12.1.1. */
export function dialogFromRequest(arrival: Arrival<Request>, localTag: string): Dialog {
  const { message } = arrival
  const remote = firstHeader(message, 'From') ?? ''
  return new Dialog({
    side: 'uas',
    callId: firstHeader(message, 'Call-ID') ?? '',
    local: `${firstHeader(message, 'To') ?? ''};tag=${localTag}`,
    remote,
    localTag,
    remoteTag: tagOf(remote),
    // RFC 3261 12.1.1 leaves our first number open; the real server starts at 2.
    localSequence: 1,
    remoteSequence: sequenceOf(message),
    arrival,
  })
}

/** What the request that opens a dialog says of our side. */
export interface DialogSeed {
  readonly callId: string
  /** Our From value. */
  readonly local: string
  readonly sequence: number
}

/** What a request of ours gives to the dialogs it opens. */
export function seedOf(request: Request): DialogSeed {
  return {
    callId: firstHeader(request, 'Call-ID') ?? '',
    local: firstHeader(request, 'From') ?? '',
    sequence: sequenceOf(request),
  }
}

/** The dialog that a response to our INVITE or SUBSCRIBE opens, 12.1.2. */
export function dialogFromResponse(seed: DialogSeed, arrival: Arrival<Response>): Dialog {
  return dialogOfOurs(seed, firstHeader(arrival.message, 'To') ?? '', arrival)
}

/** The dialog that a NOTIFY opens before the answer to its SUBSCRIBE of ours: RFC 6665 4.4.1. */
export function dialogFromNotify(seed: DialogSeed, arrival: Arrival<Request>): Dialog {
  return dialogOfOurs(seed, firstHeader(arrival.message, 'From') ?? '', arrival)
}

/** A dialog that a request of ours has opened with whoever `remote` names. */
function dialogOfOurs(seed: DialogSeed, remote: string, arrival: Arrival): Dialog {
  return new Dialog({
    side: 'uac',
    callId: seed.callId,
    local: seed.local,
    remote,
    localTag: tagOf(seed.local),
    remoteTag: tagOf(remote),
    localSequence: seed.sequence,
    remoteSequence: -1,
    arrival,
  })
}

/** The CSeq number of a message, 0 when it has none that can be read. */
export function sequenceOf(message: Message): number {
  return parseCSeq(firstHeader(message, 'CSeq') ?? '')?.number ?? 0
}

/** Where a message came from, over which connection, and whom its other end has proved to be. */
export function sourceOf({ source, connection, serverName }: Arrival): Destination {
  if (connection === undefined) return source
  return serverName === undefined
    ? { ...source, connection }
    : { ...source, connection, serverName }
}

/** Whether a URI names this address, however it spells it. */
function isAt({ host }: SipUri, address: string): boolean {
  return canonicalHost(host) === withoutZone(address)
}

function uriOfEndpoint(endpoint: Endpoint): string {
  const transport = endpoint.protocol === 'udp' ? '' : `;transport=${endpoint.protocol}`
  return `sip:${hostOf(endpoint.address)}:${endpoint.port}${transport}`
}

/** A first route that only makes sense inside somebody else's network, seen from outside of it. */
function isPrivateDetour(route: string, sourceAddress: string): boolean {
  const host = parseSipUri(parseNameAddr(route)?.uri ?? '')?.host
  return host !== undefined && isPrivate(host) && !isPrivate(sourceAddress)
}

/** RFC 1918. */
function isPrivate(host: string): boolean {
  if (host.startsWith('10.') || host.startsWith('192.168.')) return true
  const second = host.startsWith('172.') ? Number(host.split('.', 2)[1]) : 0
  return second >= 16 && second <= 31
}
