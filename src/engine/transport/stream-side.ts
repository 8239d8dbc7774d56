import { connect, type Socket } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import type { Channel } from './channel.ts'
import type { ConnectionCaps } from './connection-caps.ts'
import type { Connections } from './connections.ts'
import type { Floodgate, Intake } from './intake.ts'
import type { TransportLimits } from './limits.ts'
import { SecureSide, type TlsSettings } from './secure.ts'
import { StreamChannel } from './stream-channel.ts'
import { type Handshake, StreamListener } from './stream-listener.ts'
import type { Destination, Listener, Protocol } from './types.ts'
import { WebSocketSide } from './web-socket.ts'

export interface StreamSideSettings {
  readonly clock: Clock
  readonly limits: TransportLimits
  readonly intake: Intake
  readonly caps: ConnectionCaps
  readonly floodgate?: Floodgate | undefined
  readonly tls?: TlsSettings | undefined
  readonly webSocketOrigins?: readonly string[] | undefined
}

/** Where to listen, and for which of the protocols that have connections. */
interface Where {
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
  readonly host: string
}

/** Knows, of each protocol that has connections, what makes a socket carry messages. */
export class StreamSide {
  readonly #settings: StreamSideSettings
  readonly #secure: SecureSide | undefined
  readonly #webSockets: WebSocketSide

  /** Throws where a certificate or key can't be used. */
  constructor(settings: StreamSideSettings) {
    this.#settings = settings
    this.#secure = settings.tls && new SecureSide(settings.tls)
    this.#webSockets = new WebSocketSide(settings.webSocketOrigins)
  }

  open(where: Where, connections: Connections): Promise<StreamListener> {
    const { clock, limits, intake, caps, floodgate } = this.#settings
    return StreamListener.open({
      ...where,
      clock,
      limits,
      intake,
      caps,
      floodgate,
      connections,
      handshake: this.#handshake(where.protocol),
      plain: (socket) => StreamChannel.accepted(socket),
    })
  }

  /** RFC 7118 5: nobody but its client can open a WebSocket, so nothing is dialled for one. */
  dial(to: Destination, from: Listener): Channel | undefined {
    if (to.protocol === 'tls') return this.#secure?.dial(to, from)
    if (to.protocol !== 'tcp') return undefined
    const socket = connect({ host: to.address, port: to.port, localAddress: from.address })
    return StreamChannel.opened(socket, 'connect')
  }

  reload(tls: TlsSettings): void {
    this.#secure?.reload(tls)
  }

  #handshake(protocol: Protocol): Handshake | undefined {
    if (protocol === 'tcp') return undefined
    const webSockets = this.#webSockets
    if (protocol === 'ws') return (socket, done) => webSockets.accept(socket, undefined, done)
    const secure = this.#secure
    if (!secure) throw new Error(`A listener of ${protocol} needs a certificate`)
    return (socket: Socket, done) =>
      secure.accept(socket, (secured, certificate) => {
        if (protocol === 'wss') webSockets.accept(secured, certificate, done)
        else done(StreamChannel.accepted(secured, certificate))
      })
  }
}
