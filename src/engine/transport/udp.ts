import type { RemoteInfo, Socket } from 'node:dgram'
import type { Clock } from '../../kernel/clock.ts'
import { compact } from './compact.ts'
import type { Floodgate, Intake, Origin } from './intake.ts'
import type { TransportLimits } from './limits.ts'
import type { OnError } from './recent-sends.ts'
import type { Endpoint, Listener } from './types.ts'
import { UdpPeer } from './udp-peer.ts'
import { createUdpSocket } from './udp-socket.ts'

export interface UdpSettings {
  readonly clock: Clock
  readonly limits: TransportLimits
  readonly intake: Intake
  readonly floodgate: Floodgate | undefined
  readonly address: string
  readonly port: number
  readonly host: string
}

/** `SIP/`: how every response of ours begins, and no request. */
const responseStart = Buffer.from('SIP/').readUInt32BE()

/** One UDP address and port that SIP is served on, with a socket of its own to each destination. */
export class UdpListener {
  readonly listener: Listener
  readonly #settings: UdpSettings
  readonly #socket: Socket
  readonly #peers = new Map<string, UdpPeer>()

  private constructor(settings: UdpSettings, socket: Socket, listener: Listener) {
    this.#settings = settings
    this.#socket = socket
    this.listener = listener
    socket.on('message', (bytes, from) => this.#arriveFromAnybody(bytes, from))
  }

  /** Binds the address, or rejects with the system's error: EADDRINUSE, EADDRNOTAVAIL, EACCES. */
  static async open(settings: UdpSettings): Promise<UdpListener> {
    const { address, host } = settings
    // Our sockets share their port with each other, which would let a second process join in
    // unnoticed: a socket that shares nothing finds out first.
    const probe = await bind(settings, settings.port, false)
    const { port } = probe.address()
    probe.close()
    const socket = await bind(settings, port, true)
    return new UdpListener(settings, socket, { protocol: 'udp', address, port, host })
  }

  /**
   * Sends one datagram. A refusal of a request is reported, since somebody waits for its answer; of
   * a response only when the system itself can't send it.
   */
  send(bytes: Buffer, to: Endpoint, onError: OnError): void {
    const isResponse = bytes.length >= 4 && bytes.readUInt32BE(0) === responseStart
    if (!isResponse) this.#peer(to).send(bytes, onError)
    else this.#answer(bytes, to, onError)
  }

  /** What is too much for a source that may be forged is dropped: who asks again may be answered. */
  #answer(bytes: Buffer, to: Endpoint, onError: OnError): void {
    const { floodgate, intake } = this.#settings
    const maySend = (one: Buffer) => floodgate?.maySend(one, to.address, to.port) !== false
    const fitting = maySend(bytes) ? bytes : compact(bytes)
    if (fitting !== bytes && !maySend(fitting)) {
      intake.stats.unpaid++
      return
    }
    this.#socket.send(fitting, to.port, to.address, (cause) => {
      if (cause) onError(cause)
    })
  }

  /** Closes the sockets of destinations that nothing was sent to for a while. */
  sweep(nowMs: number): void {
    const { udpPeerIdleMs } = this.#settings.limits
    for (const [key, peer] of this.#peers) {
      if (nowMs - peer.usedAtMs >= udpPeerIdleMs) this.#forget(key, peer)
    }
  }

  close(): void {
    for (const [key, peer] of this.#peers) this.#forget(key, peer)
    this.#socket.close()
  }

  #peer(to: Endpoint): UdpPeer {
    const key = `${to.address}/${to.port}`
    const known = this.#peers.get(key)
    if (known) return known
    const { clock, limits } = this.#settings
    if (this.#peers.size >= limits.udpPeersMax) this.#forgetIdlest()
    const peer: UdpPeer = new UdpPeer({
      clock,
      local: this.listener,
      remote: to,
      blameMs: limits.blameMs,
      receiveBufferBytes: limits.udpReceiveBufferBytes,
      onDatagram: (bytes, from) => this.#arriveFromPeer(bytes, from),
      onUnusable: () => this.#forget(key, peer),
    })
    this.#peers.set(key, peer)
    return peer
  }

  #forgetIdlest(): void {
    let idlest: [string, UdpPeer] | undefined
    for (const entry of this.#peers) {
      if (!idlest || entry[1].usedAtMs < idlest[1].usedAtMs) idlest = entry
    }
    if (idlest) this.#forget(...idlest)
  }

  #forget(key: string, peer: UdpPeer): void {
    this.#peers.delete(key)
    peer.close()
  }

  #arriveFromAnybody(bytes: Buffer, from: RemoteInfo): void {
    const { floodgate, intake } = this.#settings
    const { address, port } = from
    if (intake.drops(address)) return
    if (floodgate?.admits(address, port, bytes.length) === false) intake.stats.flooded++
    else this.#arrive(bytes, from)
  }

  /** A connected socket brings what its peer sends and nothing else. */
  #arriveFromPeer(bytes: Buffer, from: RemoteInfo): void {
    const { floodgate, intake } = this.#settings
    const { address, port } = from
    if (intake.drops(address)) return
    if (floodgate?.admitsPeer(address, port, bytes.length) === false) intake.stats.flooded++
    else this.#arrive(bytes, from)
  }

  #arrive(bytes: Buffer, from: RemoteInfo): void {
    const source: Endpoint = { protocol: 'udp', address: from.address, port: from.port }
    const origin: Origin = { source, listener: this.listener }
    this.#settings.intake.datagram(bytes, origin)
  }
}

function bind(settings: UdpSettings, port: number, shared: boolean): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = createUdpSocket({
    address: settings.address,
    shared,
    receiveBufferBytes: settings.limits.udpReceiveBufferBytes,
    onDatagram: () => undefined,
    onError: reject,
  })
  socket.once('listening', () => resolve(socket))
  socket.bind(port, settings.address)
  return promise
}
