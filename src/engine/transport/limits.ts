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
  /** Connections at once, both directions, those included that are being made. */
  readonly connectionsMax: number
  /** Of those at most so many are accepted ones: the rest is left for the ones that we open. */
  readonly acceptedMax: number
  /** Connections accepted at once from one source; of IPv6, from one /64. */
  readonly connectionsPerSourceMax: number
  /** The same from one site of IPv6, a /48, which has many a /64. */
  readonly connectionsPerSiteMax: number
  /** Accepted connections at once whose TLS or WebSocket handshake is not over. */
  readonly handshakesMax: number
  /** The same from one source. */
  readonly handshakesPerSourceMax: number
  /** The same from one site of IPv6. */
  readonly handshakesPerSiteMax: number
  /** How long a connection that we open may take, its TLS handshake included. */
  readonly connectMs: number
  /** How long the handshakes of an accepted connection may take, TLS and WebSocket together. */
  readonly handshakeMs: number
  /** How long a new connection may take to send its first message. */
  readonly firstMessageMs: number
  /** How long a begun message may take to arrive. */
  readonly messageMs: number
  /** A connection on which nothing moves for so long is closed. */
  readonly idleMs: number
  /** A connection that only keep-alives keep open is closed after so long without a message. */
  readonly keepAliveMs: number
  /** A WebSocket from which nothing came for so long is pinged, RFC 6455 5.5.2. */
  readonly probeMs: number
  /** A connection of ours over TCP or TLS from which nothing came for so long is pinged, RFC 5626 4.4.1. */
  readonly streamProbeMs: number
  /** Who is pinged and says nothing for so long is cut off, if it has ever answered or has to. */
  readonly probeAnswerMs: number
  /** A connection whose peer leaves more than this unread is closed, bytes. */
  readonly writeBufferBytes: number
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
  connectionsMax: 4_096,
  // A gate opens one to each carrier and to each PBX that has lost its own.
  acceptedMax: 3_584,
  // Some PBXs open one for each call.
  connectionsPerSourceMax: 1_024,
  // RFC 6177: anybody may have one, and a provider may have many customers in one.
  connectionsPerSiteMax: 2_048,
  // A handshake costs more than all else that a stranger can make us do: 512 are a second's work.
  handshakesMax: 512,
  handshakesPerSourceMax: 64,
  handshakesPerSiteMax: 256,
  connectMs: 4_000,
  // Four round trips, a lost packet among them, to the other side of the world.
  handshakeMs: 8_000,
  // 64 * T1: no transaction waits longer.
  firstMessageMs: 32_000,
  messageMs: 32_000,
  // The usual session refresh interval of RFC 4028, so that a quiet call keeps its connection.
  idleMs: 1_800_000,
  // Two of the usual registration intervals.
  keepAliveMs: 7_200_000,
  // NATs forget a TCP connection after minutes, some proxies a WebSocket after one.
  probeMs: 45_000,
  // RFC 5626 4.4.1: 95 to 120 s where nobody has said more.
  streamProbeMs: 95_000,
  // RFC 5626 4.4.1 gives a pong 10 s.
  probeAnswerMs: 10_000,
  writeBufferBytes: 1024 * 1024,
}

/** How often idle sockets are looked for, milliseconds. */
export const sweepMs = 5_000

/** How long closing waits for queued bytes to leave, milliseconds. */
export const closeGraceMs = 1_000

/** The largest HTTP head that asks for a WebSocket, bytes: cookies of a browser included. */
export const upgradeHeadBytesMax = 16_384

/** The most names of one client certificate that are looked at. */
export const certificateNamesMax = 16
