import type { Message } from '../message/message.ts'

export type Protocol = 'udp' | 'tcp'

/** One address to send to, or that something came from. */
export interface Endpoint {
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
}

/** A socket that SIP is served on. `host` is what we write about it in Via and Contact. */
export interface Listener extends Endpoint {
  readonly host: string
}

/** Names one TCP connection while it lives; never reused in a process. */
export type ConnectionId = number

/** A message off the wire and where it came from. */
export interface Arrival<M extends Message = Message> {
  readonly message: M
  readonly source: Endpoint
  readonly listener: Listener
  readonly connection?: ConnectionId | undefined
  /** Size on the wire, bytes. */
  readonly size: number
}

/** Where to send: over the named connection while it lives, else to the endpoint. */
export interface Destination extends Endpoint {
  readonly connection?: ConnectionId | undefined
  /** The socket to send from, where that matters: an answer leaves where its request came in. */
  readonly listener?: Listener | undefined
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
   * reached (ICMP port unreachable, TCP reset, connect timeout); silence means handed to the kernel.
   */
  send(bytes: Buffer, to: Destination, onError: (cause: Error) => void): void
  /** The listener that a request to `to` leaves from, or undefined when no listener speaks it. */
  listenerFor(to: Endpoint): Listener | undefined
  /** Whether something can still be sent over that connection. */
  isConnected(connection: ConnectionId): boolean
  /** Stops listening, flushes what is queued on connections and closes them all. */
  close(): Promise<void>
}
