import type { Socket } from 'node:net'
import type { Channel, ChannelEvents, Probe } from './channel.ts'
import { StreamFramer } from './stream-framer.ts'
import type { PeerCertificate } from './types.ts'

/** The event by which a socket of ours says that it can be used. */
export type Opening = 'connect' | 'secureConnect'

const ping = Buffer.from('\r\n\r\n')

/** TCP, and TLS over it: messages are cut from the stream by Content-Length (RFC 3261 18.3). */
export class StreamChannel implements Channel {
  readonly certificate: PeerCertificate | undefined
  /** RFC 5626 4.4.1: who has opened a connection keeps it alive. To others it is white space (RFC 3261 7.5). */
  readonly probe: Probe | undefined
  readonly #socket: Socket
  readonly #opening: Opening | undefined
  #cause: Error | undefined

  /** A channel on an accepted socket. */
  static accepted(socket: Socket, certificate?: PeerCertificate): StreamChannel {
    return new StreamChannel(socket, undefined, certificate)
  }

  /** A channel on a socket that we are connecting. */
  static opened(socket: Socket, opening: Opening): StreamChannel {
    return new StreamChannel(socket, opening, undefined)
  }

  private constructor(
    socket: Socket,
    opening: Opening | undefined,
    certificate: PeerCertificate | undefined,
  ) {
    this.#socket = socket
    this.#opening = opening
    this.certificate = certificate
    this.probe = opening && { isKnownToAll: false, send: () => void socket.write(ping) }
  }

  get writable(): boolean {
    return this.#socket.writable
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  start(events: ChannelEvents): void {
    const socket = this.#socket
    const framer = new StreamFramer(events)
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      if (!events.mayRead()) return
      framer.push(chunk)
      events.onActivity(framer.partial)
      if (framer.broken) events.onBroken()
    })
    socket.on('error', (cause) => {
      this.#cause ??= cause
    })
    socket.once('close', () => events.onClosed(this.#cause))
    if (this.#opening) socket.once(this.#opening, () => events.onOpen())
  }

  write(bytes: Buffer, done: (cause: Error | null | undefined) => void): void {
    this.#socket.write(bytes, done)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
