import type { Message } from '../message/message.ts'
import { type ParseResult, parseMessage } from '../message/parse.ts'
import { responseDestination, withSource } from './received.ts'
import { refusalBytes } from './refuse.ts'
import type { Arrival, Destination, TransportEvents } from './types.ts'

/** What came in and what became of it, since the transport was opened. */
export interface TransportStats {
  /** Well-formed messages handed up. */
  messages: number
  /** Bad requests that were answered with 400, 505 or 513. */
  refused: number
  /** Bad messages that were dropped without an answer. */
  dropped: number
  /** Datagrams, stream messages and connections from banned sources: dropped. */
  banned: number
  /** Datagrams that were dropped unread because too many come. */
  flooded: number
  /** Answers that were not sent because they are more than came from a source that may be forged. */
  unpaid: number
  /** How often a connection was not read for a while because too much comes from its source. */
  paced: number
  /** Keep-alives: CRLF, CRLFCRLF and datagrams too short to be SIP. */
  keepAlives: number
  /** Connections closed at once because there were too many, or too many a second. */
  connectionsRefused: number
  /** Accepted connections that ended before their TLS or WebSocket handshake was over. */
  handshakesFailed: number
}

/** Where a message came from: all of an arrival but the message. */
export type Origin = Omit<Arrival, 'message' | 'size'>

/** Sends an answer for which nobody waits. */
export type Answer = (bytes: Buffer, to: Destination) => void

/** Bounds what is taken from a source, and what is sent to one that may be forged. */
export interface Floodgate {
  admits(address: string, port: number, bytes: number): boolean
  /** The same for what a socket of its own has brought from a peer that we send to. */
  admitsPeer(address: string, port: number, bytes: number): boolean
  admitsConnection(address: string): boolean
  streamWaitMs(address: string): number
  maySend(response: Buffer, address: string, port: number): boolean
}

/** Whether all that comes from an address is dropped unread. */
export type IsBanned = (address: string) => boolean

/** No SIP message is shorter than a start line: what is, keeps a NAT binding open. */
const messageBytesMin = 16

/** Counters that stand at zero. */
export function newStats(): TransportStats {
  return {
    messages: 0,
    refused: 0,
    dropped: 0,
    banned: 0,
    flooded: 0,
    unpaid: 0,
    paced: 0,
    keepAlives: 0,
    connectionsRefused: 0,
    handshakesFailed: 0,
  }
}

/** Takes what the sockets bring: hands good messages up, answers bad requests, drops the rest. */
export class Intake {
  readonly stats = newStats()
  readonly #events: TransportEvents
  readonly #answer: Answer
  readonly #isBanned: IsBanned

  constructor(events: TransportEvents, answer: Answer, isBanned: IsBanned = () => false) {
    this.#events = events
    this.#answer = answer
    this.#isBanned = isBanned
  }

  /** Whether a source is to be dropped unread; counts it. */
  drops(address: string): boolean {
    if (!this.#isBanned(address)) return false
    this.stats.banned++
    return true
  }

  datagram(bytes: Buffer, origin: Origin): void {
    if (bytes.length < messageBytesMin) this.stats.keepAlives++
    // No socket sends from port 0: it is forged, and could not be answered.
    else if (origin.source.port === 0) this.stats.dropped++
    else this.take(parseMessage(bytes, 'datagram'), bytes.length, origin)
  }

  take(result: ParseResult, size: number, origin: Origin): void {
    if (result.ok) this.#handUp(result.message, size, origin)
    else this.#refuse(result, size, origin)
  }

  #handUp(message: Message, size: number, origin: Origin): void {
    this.stats.messages++
    const stamped = message.kind === 'request' ? withSource(message, origin.source) : message
    this.#events.onMessage({ ...origin, message: stamped, size })
  }

  #refuse(result: ParseResult & { ok: false }, size: number, origin: Origin): void {
    const { salvage, status, reason } = result
    const message = salvage && withSource(salvage, origin.source)
    const bytes = message && refusalBytes({ request: message, status, reason, size })
    if (!message || !bytes) {
      this.stats.dropped++
      return
    }
    this.stats.refused++
    this.#answer(bytes, responseDestination({ ...origin, message, size }))
  }
}
