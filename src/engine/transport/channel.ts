import type { ParseResult } from '../message/parse.ts'
import type { PeerCertificate } from './types.ts'

/** What a channel tells the connection that it carries. */
export interface ChannelEvents {
  /** It can be used: connected, and of TLS the server is who it shall be. Only of one we opened. */
  onOpen(): void
  /** Asked before anything that came is read; false has it thrown away. */
  mayRead(): boolean
  /** Something came. `begun` says that a message has begun whose end has not come. */
  onActivity(begun: boolean): void
  /** One message, good or bad; `size` is its length, bytes. */
  onMessage(result: ParseResult, size: number): void
  /** The peer asks for a sign of life, RFC 5626 4.4.1. */
  onPing(): void
  /** What comes can't be followed any more. */
  onBroken(): void
  onClosed(cause: Error | undefined): void
}

/** A way to ask a peer for a sign of life. */
export interface Probe {
  /** Whether every peer has to answer; else one counts on it only where one has been answered. */
  readonly isKnownToAll: boolean
  send(): void
}

/** A way to and from one peer on which messages arrive whole: a byte stream or a WebSocket. */
export interface Channel {
  /** Of an accepted TLS connection, what the client has proved. */
  readonly certificate: PeerCertificate | undefined
  readonly writable: boolean
  /** Bytes that wait for the peer to read. */
  readonly bufferedBytes: number
  start(events: ChannelEvents): void
  /** Queues one message; `done` when the system has it, or with why it never will. */
  write(bytes: Buffer, done: (cause: Error | null | undefined) => void): void
  /** Reads nothing more until `resume`; what has been read already is still handed up. */
  pause(): void
  resume(): void
  /** How the peer is asked for a sign of life, if it can be. */
  readonly probe: Probe | undefined
  /** Sends what is queued, then closes. */
  end(): void
  destroy(): void
}
