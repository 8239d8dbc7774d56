import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { messageBytesMax } from '../message/limits.ts'
import { upgradeHeadBytesMax } from './limits.ts'
import type { PeerCertificate } from './types.ts'
import { WebSocketChannel } from './web-socket-channel.ts'

/** RFC 7118 4.1. */
const subprotocol = 'sip'

/** What follows a handshake. */
interface Awaiting {
  readonly certificate: PeerCertificate | undefined
  readonly done: (channel: WebSocketChannel) => void
}

/** The server side of WebSockets that carry SIP, RFC 7118: from an accepted socket to a channel. */
export class WebSocketSide {
  readonly #origins: ReadonlySet<string> | undefined
  readonly #awaiting = new WeakMap<object, Awaiting>()
  readonly #http: Server
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    // RFC 7692 would let a small frame grow large in our memory.
    perMessageDeflate: false,
    handleProtocols: () => subprotocol,
  })

  /** With `origins`, pages of other ones are refused (RFC 6455 10.2). */
  constructor(origins: readonly string[] | undefined) {
    this.#origins = origins && new Set(origins.map((origin) => origin.toLowerCase()))
    this.#http = createServer({ maxHeaderSize: upgradeHeadBytesMax }, (_request, response) => {
      response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end()
    })
    this.#http.on('clientError', (_cause, socket) => socket.destroy())
    this.#http.on('upgrade', (request, socket, head) =>
      this.#upgrade(request, socket as Socket, head),
    )
  }

  /** Waits for the client's handshake; one that is refused closes the socket. */
  accept(socket: Socket, certificate: PeerCertificate | undefined, done: Awaiting['done']): void {
    this.#awaiting.set(socket, { certificate, done })
    this.#http.emit('connection', socket)
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer) {
    const awaiting = this.#awaiting.get(socket)
    const refusal = this.#refusal(request)
    socket.on('error', () => undefined)
    if (!awaiting) return socket.destroy()
    if (refusal !== undefined) {
      const text = `HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
      return socket.end(text, () => socket.destroySoon())
    }
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => {
      awaiting.done(new WebSocketChannel(webSocket, socket, awaiting.certificate))
    })
  }

  #refusal({ headers }: IncomingMessage): string | undefined {
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',')
    if (!offered.some((name) => name.trim() === subprotocol)) return '400 Subprotocol Missing'
    const { origin } = headers
    // What is no browser sends no origin, and could send any.
    if (!this.#origins || origin === undefined) return undefined
    return this.#origins.has(origin.toLowerCase()) ? undefined : '403 Origin Not Allowed'
  }
}
