import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { sourceOf } from '../admission/source-guard.ts'

/** Connections of one source, of IPv6 one /64, on which no request of a known key is open. */
export const strangersOfSourceMax = 64

/** What a connection goes by: a server over TLS has two sockets for it, which know nothing of each other. */
type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>

interface Line {
  readonly socket: Socket
  readonly source: string
  /** Requests on it that were let in and are not answered to their end. */
  open: number
}

/**
 * Keeps any one source from having all connections of the API without a key: past so many the one that
 * has waited longest is closed, so that who has a key still comes in from there. Those on which somebody
 * known asks for something are bounded by key (`OpenRequests`), and count here again once they are idle.
 */
export class Strangers {
  readonly #lines = new Map<string, Line>()
  /** Those that wait, of each source, the longest first. */
  readonly #waiting = new Map<string, Set<Line>>()

  /** The same server, its connections watched from their first moment. */
  watch<Kind extends Server>(server: Kind): Kind {
    server.on('connection', (socket: Socket) => {
      const line = { socket, source: sourceOf(socket.remoteAddress ?? ''), open: 0 }
      const name = nameOf(socket)
      this.#lines.set(name, line)
      socket.once('close', () => {
        this.#lines.delete(name)
        this.#unwait(line)
      })
      this.#wait(line)
    })
    return server
  }

  /** Somebody known asks for something on the connection; what has to be called, once, when that is over. */
  know(peer: Peer): () => void {
    const line = this.#lines.get(nameOf(peer))
    if (!line) return () => undefined
    if (line.open++ === 0) this.#unwait(line)
    return () => {
      if (--line.open === 0 && !line.socket.destroyed) this.#wait(line)
    }
  }

  #wait(line: Line): void {
    const waiting = this.#waiting.get(line.source) ?? new Set()
    this.#waiting.set(line.source, waiting.add(line))
    if (waiting.size <= strangersOfSourceMax) return
    const [longest] = waiting
    longest?.socket.destroy()
    waiting.delete(longest ?? line)
  }

  #unwait(line: Line): void {
    const waiting = this.#waiting.get(line.source)
    waiting?.delete(line)
    if (waiting?.size === 0) this.#waiting.delete(line.source)
  }
}

function nameOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`
}
