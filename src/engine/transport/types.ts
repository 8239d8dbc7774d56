import type { Message } from '../message/message.ts'

/** What SIP is carried over: RFC 3261 18, RFC 7118 for `ws` and `wss`. */
export type Protocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

/** One address to send to, or that something came from. */
export interface Endpoint {
  readonly protocol: Protocol
  /** IPv4 or IPv6, without brackets. */
  readonly address: string
  readonly port: number
}

/**
 * A socket that SIP is served on. `host` is what we write about it in Via and Contact: a name or an
 * address, IPv6 in brackets.
 */
export interface Listener extends Endpoint {
  readonly host: string
}

/** Names one connection while it lives; never reused in a process. */
export type ConnectionId = number

/** The certificate that a TLS client has proved to own. */
export interface PeerCertificate {
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint256: string
  /** Whom it names, RFC 5922 7.1; nobody unless its chain leads to a CA that we trust for this. */
  readonly verifiedNames: readonly string[]
}

/** A message off the wire and where it came from. */
export interface Arrival<M extends Message = Message> {
  readonly message: M
  readonly source: Endpoint
  readonly listener: Listener
  readonly connection?: ConnectionId | undefined
  readonly certificate?: PeerCertificate | undefined
  /** Of a connection that we have opened over TLS, whom its server has proved to be. */
  readonly serverName?: string | undefined
  /** Size on the wire, bytes. */
  readonly size: number
}

/** Where to send: over the named connection while it lives, else to the endpoint. */
export interface Destination extends Endpoint {
  readonly connection?: ConnectionId | undefined
  /** The socket to send from, where that matters: an answer leaves where its request came in. */
  readonly listener?: Listener | undefined
  /** The host that the peer's certificate must name, as the URI has it without brackets. */
  readonly serverName?: string | undefined
}

export interface TransportEvents {
  /** A well-formed message with the headers that RFC 3261 8.1.1 asks of every message. */
  onMessage(arrival: Arrival): void
}

/** All listeners together: sends, receives, frames streams. Knows nothing of transactions. */
export interface Transport {
  readonly listeners: readonly Listener[]
  /**
   * Sends once. `onError` is called at most once, later, when the destination refuses or cannot be
   * reached (ICMP port unreachable, reset, failed handshake, timeout); silence means handed to the
   * kernel.
   */
  send(bytes: Buffer, to: Destination, onError: (cause: Error) => void): void
  /** The listener that a request to `to` leaves from, or undefined when no listener speaks it. */
  listenerFor(to: Endpoint): Listener | undefined
  /** Whether something can still be sent over that connection. */
  isConnected(connection: ConnectionId): boolean
  /** Stops listening, flushes what is queued on connections and closes them all. */
  close(): Promise<void>
}
