import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { SipText } from './sip-text.ts'

export interface Address {
  readonly address: string
  readonly port: number
}

/** Whom a message came from, and the message. */
export type Receive = (message: SipText, from: Address) => void

/** One UDP socket of a simulated end. */
export class UdpEnd implements AsyncDisposable {
  readonly #socket: Socket
  readonly address: Address

  private constructor(socket: Socket) {
    this.#socket = socket
    const { address, port } = socket.address()
    this.address = { address, port }
  }

  /** Opens on a port of the loopback network; 0 lets the system choose. Rejects when it is taken. */
  static async open(port: number, receive: Receive, address = '127.0.0.1'): Promise<UdpEnd> {
    const socket = createSocket('udp4')
    socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
      // A keep-alive (RFC 5626 3.5.1) has no start line.
      const text = bytes.toString('utf8')
      if (text.trim() !== '') receive(new SipText(text), from)
    })
    socket.bind(port, address)
    await once(socket, 'listening')
    return new UdpEnd(socket)
  }

  get hostPort(): string {
    return `${this.address.address}:${this.address.port}`
  }

  send(text: string, to: Address): void {
    this.#socket.send(text, to.port, to.address)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}
