import type { Socket } from 'node:dgram'
import type { Clock } from '../../kernel/clock.ts'
import { type OnError, RecentSends } from './recent-sends.ts'
import type { Endpoint } from './types.ts'
import { createUdpSocket, type OnDatagram } from './udp-socket.ts'

export interface UdpPeerSettings {
  readonly clock: Clock
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly blameMs: number
  readonly receiveBufferBytes: number
  readonly onDatagram: OnDatagram
  /** Called when no socket could be opened, so that this peer is of no use. */
  readonly onUnusable: () => void
}

/**
 * A socket on the listener's own port, connected to one destination: the kernel reports an ICMP
 * error only to a connected socket. Datagrams from that destination arrive here as well, all
 * others at the listener. Opening one takes some 20 us, and sending costs no more than from the
 * listener.
 */
export class UdpPeer {
  readonly #clock: Clock
  readonly #socket: Socket
  readonly #recent: RecentSends
  /** Sent as soon as the socket is connected, in the next turn. */
  #queued: Buffer[] | undefined = []
  #usedAtMs: number
  #closing = false

  constructor(settings: UdpPeerSettings) {
    const { clock, local, remote } = settings
    this.#clock = clock
    this.#recent = new RecentSends(settings.blameMs)
    this.#usedAtMs = clock.monotonic()
    this.#socket = createUdpSocket({
      address: local.address,
      shared: true,
      receiveBufferBytes: settings.receiveBufferBytes,
      onDatagram: settings.onDatagram,
      onError: (cause) => {
        const unusable = this.#queued !== undefined
        this.#queued = undefined
        this.#refused(cause)
        if (unusable) settings.onUnusable()
      },
    })
    this.#socket.once('connect', () => this.#flush())
    this.#socket.once('listening', () => this.#socket.connect(remote.port, remote.address))
    this.#socket.bind(local.port, local.address)
  }

  /** When this destination was last sent to, on the monotonic clock. */
  get usedAtMs(): number {
    return this.#usedAtMs
  }

  send(bytes: Buffer, onError: OnError): void {
    this.#usedAtMs = this.#clock.monotonic()
    this.#recent.add(this.#usedAtMs, onError)
    if (this.#queued) this.#queued.push(bytes)
    else this.#write(bytes)
  }

  /** Sends what still waits for the socket to be connected, then closes. */
  close(): void {
    this.#closing = true
    if (!this.#queued) this.#socket.close()
  }

  #flush(): void {
    const queued = this.#queued ?? []
    this.#queued = undefined
    for (const bytes of queued) this.#write(bytes)
    if (this.#closing) this.#socket.close()
  }

  #write(bytes: Buffer): void {
    this.#socket.send(bytes, (cause) => {
      if (cause) this.#refused(cause)
    })
  }

  #refused(cause: Error): void {
    this.#recent.fail(this.#clock.monotonic(), cause)
  }
}
