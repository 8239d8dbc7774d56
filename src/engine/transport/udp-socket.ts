import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'

/** What a UDP socket of ours does with a datagram. */
export type OnDatagram = (bytes: Buffer, from: RemoteInfo) => void

export interface UdpSocketSettings {
  /** Whether other sockets of this process may share the address and port. */
  readonly shared: boolean
  readonly receiveBufferBytes: number
  readonly onDatagram: OnDatagram
  readonly onError: (cause: Error) => void
}

/**
 * A UDP socket for IPv4 that never asks a resolver: addresses are literals, so binding and sending
 * happen in the calling turn instead of a later one.
 */
export function createUdpSocket(settings: UdpSocketSettings): Socket {
  const socket = createSocket({
    type: 'udp4',
    reuseAddr: settings.shared,
    lookup: (address, _options, done) => done(null, address, 4),
  })
  socket.on('message', settings.onDatagram)
  socket.on('error', settings.onError)
  socket.once('listening', () => enlarge(socket, settings.receiveBufferBytes))
  return socket
}

/** Best effort: the kernel's own limit may be lower, and then what it grants has to do. */
function enlarge(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes)
  } catch {
    // The socket works with the buffer it has.
  }
}
