import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

/** What a UDP socket of ours does with a datagram. */
export type OnDatagram = (bytes: Buffer, from: RemoteInfo) => void

export interface UdpSocketSettings {
  /** An address of the family that the socket shall have. */
  readonly address: string
  /** Whether other sockets of this process may share the address and port. */
  readonly shared: boolean
  readonly receiveBufferBytes: number
  readonly onDatagram: OnDatagram
  readonly onError: (cause: Error) => void
}

/**
 * A UDP socket for one family that never asks a resolver: addresses are literals, so binding and sending
 * happen in the calling turn instead of a later one.
 */
export function createUdpSocket(settings: UdpSocketSettings): Socket {
  const family = isIPv6(settings.address) ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    reuseAddr: settings.shared,
    ipv6Only: family === 6,
    lookup: (address, _options, done) => done(null, address, family),
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
