import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import type { Channel } from './channel.ts'
import type { ConnectionCaps } from './connection-caps.ts'
import type { Connections } from './connections.ts'
import type { Floodgate, Intake } from './intake.ts'
import type { TransportLimits } from './limits.ts'
import type { Endpoint, Listener } from './types.ts'

/** What has to happen on an accepted socket before messages can; `done` is never called late. */
export type Handshake = (socket: Socket, done: (channel: Channel) => void) => void

export interface StreamListenerSettings {
  readonly protocol: Listener['protocol']
  readonly address: string
  readonly port: number
  readonly host: string
  readonly clock: Clock
  readonly limits: TransportLimits
  readonly intake: Intake
  readonly caps: ConnectionCaps
  readonly floodgate: Floodgate | undefined
  readonly connections: Connections
  /** Undefined where a socket carries messages as it is. */
  readonly handshake: Handshake | undefined
  readonly plain: (socket: Socket) => Channel
}

/** One address and port on which connections are accepted. */
export class StreamListener {
  readonly listener: Listener
  readonly #settings: StreamListenerSettings
  readonly #server: Server
  /** Accepted, and their handshakes not over. */
  readonly #shaking = new Set<Socket>()

  private constructor(settings: StreamListenerSettings, server: Server, listener: Listener) {
    this.#settings = settings
    this.#server = server
    this.listener = listener
    server.on('connection', (socket) => this.#accept(socket))
  }

  /** Binds the address, or rejects with the system's error. */
  static async open(settings: StreamListenerSettings): Promise<StreamListener> {
    const { protocol, address, host } = settings
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const server = createServer()
    server.once('error', reject)
    // Of both families at once a peer would come by addresses that no setting names.
    server.listen({ port: settings.port, host: address, ipv6Only: true }, resolve)
    await promise
    // From here on an error is a connection that could not be accepted: its peer sees it fail.
    server.off('error', reject).on('error', () => undefined)
    const bound = server.address()
    const port = bound && typeof bound === 'object' ? bound.port : settings.port
    return new StreamListener(settings, server, { protocol, address, port, host })
  }

  /** Accepts nothing more; who is still shaking hands is dropped. */
  close(): void {
    this.#server.close()
    for (const socket of this.#shaking) socket.destroy()
  }

  #accept(socket: Socket) {
    const { caps, floodgate, intake, handshake } = this.#settings
    const { remoteAddress: address, remotePort: port } = socket
    socket.on('error', () => undefined)
    if (address === undefined || port === undefined || intake.drops(address)) {
      return socket.destroy()
    }
    const isTooMany = floodgate?.admitsConnection(address) === false
    const place = isTooMany ? undefined : caps.accept(address, handshake !== undefined)
    if (!place) {
      intake.stats.connectionsRefused++
      return socket.destroy()
    }
    socket.once('close', () => place.release())
    const remote: Endpoint = { protocol: this.listener.protocol, address, port }
    if (!handshake) return this.#ready(this.#settings.plain(socket), remote)
    this.#shake(socket, handshake, (channel) => {
      place.settled()
      this.#ready(channel, remote)
    })
  }

  #shake(socket: Socket, handshake: Handshake, done: (channel: Channel) => void): void {
    const { clock, limits, intake } = this.#settings
    const tooLong = clock.after(limits.handshakeMs, () => socket.destroy())
    this.#shaking.add(socket)
    socket.once('close', () => {
      tooLong.cancel()
      if (this.#shaking.delete(socket)) intake.stats.handshakesFailed++
    })
    handshake(socket, (channel) => {
      if (!this.#shaking.delete(socket)) return channel.destroy()
      tooLong.cancel()
      done(channel)
    })
  }

  #ready(channel: Channel, remote: Endpoint): void {
    this.#settings.connections.accept(channel, remote, this.listener)
  }
}
