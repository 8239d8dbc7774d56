import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import type { Intake } from './intake.ts'
import type { TransportLimits } from './limits.ts'
import type { OnError } from './recent-sends.ts'
import { TcpConnection } from './tcp-connection.ts'
import type { ConnectionId, Destination, Endpoint, Listener } from './types.ts'

/** All TCP connections of a transport: found by id, by peer, and counted by source. */
export class TcpConnections {
  readonly #limits: TransportLimits
  readonly #clock: Clock
  readonly #intake: Intake
  readonly #byId = new Map<ConnectionId, TcpConnection>()
  readonly #byPeer = new Map<string, TcpConnection>()
  readonly #perSource = new Map<string, number>()
  #lastId = 0

  constructor(clock: Clock, limits: TransportLimits, intake: Intake) {
    this.#clock = clock
    this.#limits = limits
    this.#intake = intake
  }

  get size(): number {
    return this.#byId.size
  }

  /** Takes an accepted connection, unless there are too many of them. */
  accept(socket: Socket, listener: Listener): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress !== undefined && this.#intake.drops(remoteAddress)) {
      socket.destroy()
      return
    }
    const known = remoteAddress !== undefined && remotePort !== undefined
    const before = known ? (this.#perSource.get(remoteAddress) ?? 0) : 0
    const full = this.size >= this.#limits.tcpConnectionsMax
    if (!known || full || before >= this.#limits.tcpConnectionsPerSourceMax) {
      this.#intake.stats.connectionsRefused++
      socket.destroy()
      return
    }
    this.#perSource.set(remoteAddress, before + 1)
    const remote: Endpoint = { protocol: 'tcp', address: remoteAddress, port: remotePort }
    this.#add(socket, { listener, remote, outgoing: false })
  }

  /**
   * Sends over the named connection, else over one that the same peer has open, else over a new
   * one from the listener's address (RFC 3261 18.1.1, 18.2.2).
   */
  send(bytes: Buffer, to: Destination, from: Listener, onError: OnError): void {
    const named = to.connection === undefined ? undefined : this.#byId.get(to.connection)
    const known = named?.open ? named : this.#byPeer.get(peerKey(to))
    const connection = known?.open ? known : this.#connect(to, from)
    if (connection) connection.send(bytes, onError)
    else queueMicrotask(() => onError(new Error('Too many connections')))
  }

  isOpen(id: ConnectionId): boolean {
    return this.#byId.get(id)?.open === true
  }

  sweep(nowMs: number): void {
    for (const connection of this.#byId.values()) connection.sweep(nowMs)
  }

  /** Ends every connection; resolves when none is left. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onEmpty = resolve
    for (const connection of this.#byId.values()) connection.end()
    if (this.size === 0) resolve()
    await promise
  }

  #onEmpty: (() => void) | undefined

  #connect(to: Endpoint, from: Listener): TcpConnection | undefined {
    if (this.size >= this.#limits.tcpConnectionsMax) return undefined
    const socket = connect({ host: to.address, port: to.port, localAddress: from.address })
    const remote: Endpoint = { protocol: 'tcp', address: to.address, port: to.port }
    return this.#add(socket, { listener: from, remote, outgoing: true })
  }

  #add(
    socket: Socket,
    what: { readonly listener: Listener; readonly remote: Endpoint; readonly outgoing: boolean },
  ): TcpConnection {
    const id = ++this.#lastId
    const connection: TcpConnection = new TcpConnection(
      {
        ...what,
        id,
        clock: this.#clock,
        limits: this.#limits,
        intake: this.#intake,
        onClosed: () => this.#remove(connection, what.outgoing),
      },
      socket,
    )
    this.#byId.set(id, connection)
    this.#byPeer.set(peerKey(what.remote), connection)
    return connection
  }

  #remove(connection: TcpConnection, outgoing: boolean): void {
    const { id, remote } = connection
    const key = peerKey(remote)
    this.#byId.delete(id)
    if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key)
    if (!outgoing) this.#uncount(remote.address)
    if (this.size === 0) this.#onEmpty?.()
  }

  #uncount(address: string): void {
    const left = (this.#perSource.get(address) ?? 1) - 1
    if (left > 0) this.#perSource.set(address, left)
    else this.#perSource.delete(address)
  }
}

/** One TCP address and port that SIP is served on. */
export class TcpListener {
  readonly listener: Listener
  readonly #server: Server

  private constructor(server: Server, listener: Listener) {
    this.#server = server
    this.listener = listener
  }

  /** Binds the address, or rejects with the system's error. */
  static async open(
    where: { readonly address: string; readonly port: number; readonly host: string },
    connections: TcpConnections,
  ): Promise<TcpListener> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const server = createServer()
    server.once('error', reject)
    server.listen(where.port, where.address, resolve)
    await promise
    // From here on an error is a connection that could not be accepted: its peer sees it fail.
    server.off('error', reject).on('error', () => undefined)
    const bound = server.address()
    const port = bound && typeof bound === 'object' ? bound.port : where.port
    const listener: Listener = { protocol: 'tcp', address: where.address, port, host: where.host }
    server.on('connection', (socket) => connections.accept(socket, listener))
    return new TcpListener(server, listener)
  }

  /** Accepts nothing more. */
  close(): void {
    this.#server.close()
  }
}

function peerKey(peer: Endpoint): string {
  return `${peer.address}:${peer.port}`
}
