/** Every bound of the transport, with its unit. */
export interface TransportLimits {
  /** Receive buffer asked of the kernel for each UDP socket, bytes. */
  readonly udpReceiveBufferBytes: number
  /** UDP destinations that have a socket of their own at once; beyond it, the idlest makes room. */
  readonly udpPeersMax: number
  /** A UDP destination's socket is closed when nothing was sent there for so long. */
  readonly udpPeerIdleMs: number
  /** A refusal is blamed on messages sent at most so long ago. */
  readonly blameMs: number
  /** TCP connections at once, both directions. */
  readonly tcpConnectionsMax: number
  /** TCP connections accepted at once from one source address. */
  readonly tcpConnectionsPerSourceMax: number
  readonly tcpConnectTimeoutMs: number
  /** A connection on which nothing moves for so long is closed. */
  readonly tcpIdleMs: number
  /** How long a begun message may take to arrive, and a new connection to send its first. */
  readonly tcpStalledMs: number
  /** A connection whose peer leaves more than this unread is closed, bytes. */
  readonly tcpWriteBufferBytes: number
}

/** The bounds in use unless a caller gives others. */
export const defaultTransportLimits: TransportLimits = {
  // Two seconds of the highest rate we aim at, retransmissions included.
  udpReceiveBufferBytes: 4 * 1024 * 1024,
  // The kernel walks all sockets of one port for each datagram: more would cost every call.
  udpPeersMax: 128,
  udpPeerIdleMs: 64_000,
  // T1 of RFC 3261: after that the message is sent again and will be refused again.
  blameMs: 500,
  tcpConnectionsMax: 4_096,
  // Some PBXs open one for each call.
  tcpConnectionsPerSourceMax: 1_024,
  tcpConnectTimeoutMs: 4_000,
  // The usual session refresh interval of RFC 4028, so that a quiet call keeps its connection.
  tcpIdleMs: 1_800_000,
  // 64 * T1: no transaction waits longer.
  tcpStalledMs: 32_000,
  tcpWriteBufferBytes: 1024 * 1024,
}

/** How often idle sockets are looked for, milliseconds. */
export const sweepMs = 5_000

/** How long closing waits for queued bytes to leave, milliseconds. */
export const closeGraceMs = 1_000
