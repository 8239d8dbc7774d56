import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { parseMessage, skipLineBreaks } from '../message/parse.ts'
import type { Channel, ChannelEvents, Probe } from './channel.ts'
import type { PeerCertificate } from './types.ts'

/** RFC 6455 7.4.1: the server is going away. */
const goingAway = 1001

const ping = Buffer.from('\r\n\r\n')

/** An accepted WebSocket, each of whose messages is one SIP message: RFC 7118 5.1. */
export class WebSocketChannel implements Channel {
  readonly certificate: PeerCertificate | undefined
  /** RFC 6455 5.5.2. */
  readonly probe: Probe = { isKnownToAll: true, send: () => this.#webSocket.ping() }
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  #cause: Error | undefined

  constructor(webSocket: WebSocket, socket: Socket, certificate: PeerCertificate | undefined) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.certificate = certificate
  }

  get writable(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  start(events: ChannelEvents): void {
    const webSocket = this.#webSocket
    // Before the frames of these bytes are told of: what is no whole one has begun.
    this.#socket.prependListener('data', () => events.onActivity(true))
    webSocket.on('message', (data) => this.#take(data as Buffer, events))
    webSocket.on('ping', () => events.onActivity(false))
    webSocket.on('pong', () => events.onActivity(false))
    webSocket.on('error', (cause) => {
      this.#cause ??= cause
    })
    webSocket.once('close', () => events.onClosed(this.#cause))
  }

  /** RFC 7118 5.1: text where the message is text, so that a page need not decode it. */
  write(bytes: Buffer, done: (cause: Error | null | undefined) => void): void {
    this.#webSocket.send(bytes, { binary: !isUtf8(bytes) }, done)
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  end(): void {
    this.#webSocket.close(goingAway)
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  /** RFC 7118 5.1: Content-Length may be missing, the frames say where a message ends. */
  #take(bytes: Buffer, events: ChannelEvents): void {
    if (!events.mayRead()) return
    if (bytes.equals(ping)) events.onPing()
    else if (skipLineBreaks(bytes) < bytes.length) {
      events.onMessage(parseMessage(bytes, 'datagram'), bytes.length)
    }
    events.onActivity(false)
  }
}
