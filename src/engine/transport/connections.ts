import type { Clock } from '../../kernel/clock.ts'
import type { ParseResult } from '../message/parse.ts'
import type { Channel } from './channel.ts'
import { Connection, type ConnectionSettings } from './connection.ts'
import type { ConnectionCaps } from './connection-caps.ts'
import type { Floodgate, Intake } from './intake.ts'
import type { TransportLimits } from './limits.ts'
import type { OnError } from './recent-sends.ts'
import { aliasesOf, peerName } from './reuse.ts'
import type { ConnectionId, Destination, Endpoint, Listener } from './types.ts'

/** Opens a channel to a destination; undefined where that can't be done for its protocol. */
export type Dial = (to: Destination, from: Listener) => Channel | undefined

export interface ConnectionsSettings {
  readonly clock: Clock
  readonly limits: TransportLimits
  readonly intake: Intake
  readonly caps: ConnectionCaps
  readonly dial: Dial
  readonly floodgate: Floodgate | undefined
}

/** All connections of a transport: found by id, and by the peer that can be reached over them. */
export class Connections {
  readonly #settings: ConnectionsSettings
  readonly #byId = new Map<ConnectionId, Connection>()
  readonly #byPeer = new Map<string, Connection>()
  /** The names under which a connection stands in `#byPeer`. */
  readonly #names = new Map<Connection, Set<string>>()
  #lastId = 0
  #onEmpty: (() => void) | undefined

  constructor(settings: ConnectionsSettings) {
    this.#settings = settings
  }

  get size(): number {
    return this.#byId.size
  }

  /** Takes an accepted connection whose handshakes are over. */
  accept(channel: Channel, remote: Endpoint, listener: Listener): void {
    const connection = this.#add(channel, { listener, remote, outgoing: false })
    // Nobody listens where a TLS client calls from: who is found there has proved nothing.
    if (remote.protocol !== 'tls') this.#name(connection, peerName(remote))
  }

  /**
   * Sends over the named connection, else over one on which the same peer is known to be, else over
   * a new one from the listener's address (RFC 3261 18.1.1, 18.2.2).
   */
  send(bytes: Buffer, to: Destination, from: Listener, onError: OnError): void {
    const named = to.connection === undefined ? undefined : this.#byId.get(to.connection)
    const known = named?.open ? named : this.#byPeer.get(peerName(to))
    const connection = known?.open ? known : this.#open(to, from)
    if (connection instanceof Connection) connection.send(bytes, onError)
    else queueMicrotask(() => onError(new Error(connection)))
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

  /** A new connection, or why there is none. */
  #open(to: Destination, from: Listener): Connection | string {
    const { caps, dial } = this.#settings
    const place = caps.open()
    if (!place) return 'Too many connections'
    const channel = dial(to, from)
    if (!channel) {
      place.release()
      return 'The connection is gone, and only its client can open another'
    }
    const remote: Endpoint = { protocol: to.protocol, address: to.address, port: to.port }
    const { serverName } = to
    const what = { listener: from, remote, outgoing: true, serverName }
    const connection = this.#add(channel, what, () => place.release())
    this.#name(connection, peerName(to))
    return connection
  }

  #add(
    channel: Channel,
    what: Pick<ConnectionSettings, 'listener' | 'remote' | 'outgoing' | 'serverName'>,
    onClosed: () => void = () => undefined,
  ): Connection {
    const { clock, limits, intake } = this.#settings
    const id = ++this.#lastId
    const settings = {
      ...what,
      id,
      clock,
      limits,
      waitMs: () => this.#waitMs(what),
      isBanned: () => intake.drops(what.remote.address),
      onMessage: (from: Connection, result: ParseResult, size: number) =>
        this.#take(from, result, size),
      onKeepAlive: () => {
        intake.stats.keepAlives++
      },
      onClosed: (closed: Connection) => {
        this.#remove(closed)
        onClosed()
      },
    }
    const connection = new Connection(settings, channel)
    this.#byId.set(id, connection)
    return connection
  }

  /** Whom we call ourselves says no more than we have asked for. */
  #waitMs({ remote, outgoing }: Pick<ConnectionSettings, 'remote' | 'outgoing'>): number {
    const { floodgate, intake } = this.#settings
    const waitMs = outgoing ? 0 : (floodgate?.streamWaitMs(remote.address) ?? 0)
    if (waitMs > 0) intake.stats.paced++
    return waitMs
  }

  #take(from: Connection, result: ParseResult, size: number): void {
    const { remote: source, listener, id: connection, certificate, serverName } = from
    if (result.ok && certificate && certificate.verifiedNames.length > 0) {
      for (const name of aliasesOf(result.message, source, certificate)) this.#name(from, name)
    }
    const origin = {
      source,
      listener,
      connection,
      ...(certificate && { certificate }),
      ...(serverName !== undefined && { serverName }),
    }
    this.#settings.intake.take(result, size, origin)
  }

  /** Has a peer found under a name, unless another open connection has it. */
  #name(connection: Connection, name: string): void {
    const holder = this.#byPeer.get(name)
    if (holder === connection || holder?.open) return
    const names = this.#names.get(connection) ?? new Set()
    // A client that claims one port after another is found under the first ones alone.
    if (names.size >= namesMax) return
    this.#names.set(connection, names.add(name))
    this.#byPeer.set(name, connection)
  }

  #remove(connection: Connection): void {
    this.#byId.delete(connection.id)
    for (const name of this.#names.get(connection) ?? []) {
      if (this.#byPeer.get(name) === connection) this.#byPeer.delete(name)
    }
    this.#names.delete(connection)
    if (this.size === 0) this.#onEmpty?.()
  }
}

/** The most names under which one connection is found. */
const namesMax = 32
