import { isIPv6 } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import { canonicalHost } from './address-bytes.ts'
import { advertisedHost } from './advertised-host.ts'
import { ConnectionCaps } from './connection-caps.ts'
import { Connections } from './connections.ts'
import { type Floodgate, Intake, type IsBanned, type TransportStats } from './intake.ts'
import { defaultTransportLimits, sweepMs, type TransportLimits } from './limits.ts'
import { chooseListener } from './listener-choice.ts'
import type { OnError } from './recent-sends.ts'
import type { TlsSettings } from './secure.ts'
import type { StreamListener } from './stream-listener.ts'
import { StreamSide } from './stream-side.ts'
import type {
  ConnectionId,
  Destination,
  Endpoint,
  Listener,
  Protocol,
  Transport,
  TransportEvents,
} from './types.ts'
import { UdpListener } from './udp.ts'

/** A socket to serve SIP on. Port 0 lets the system choose. */
export interface ListenerSettings {
  readonly protocol: Protocol
  /** An address of this machine, IPv6 without brackets; 0.0.0.0 or :: for all of one family. */
  readonly address: string
  readonly port: number
  /** What we write about it in Via and Contact, IPv6 in brackets; the address unless given. */
  readonly host?: string | undefined
}

export interface TransportSettings {
  readonly listeners: readonly ListenerSettings[]
  readonly clock: Clock
  readonly events: TransportEvents
  readonly limits?: Partial<TransportLimits> | undefined
  /** Whether all that comes from an address is to be dropped unread. */
  readonly isBanned?: IsBanned | undefined
  /** Bounds floods; none are bounded unless given. */
  readonly floodgate?: Floodgate | undefined
  /** Needed for listeners of `tls` and `wss`. */
  readonly tls?: TlsSettings | undefined
  /** The origins whose pages may open a WebSocket; any unless given. */
  readonly webSocketOrigins?: readonly string[] | undefined
}

/** A transport that tells what it has seen. */
export interface OpenTransport extends Transport {
  /** Live counters, read only. */
  readonly stats: Readonly<TransportStats>
  /** Uses other certificates from the next handshake on; throws where one can't be used. */
  reload(tls: TlsSettings): void
}

/** Opens every listener, or none: when one can't be bound the others are closed again. */
export async function openTransport(settings: TransportSettings): Promise<OpenTransport> {
  const transport = new SocketTransport(settings)
  try {
    for (const listener of settings.listeners) await transport.open(listener)
  } catch (cause) {
    await transport.close()
    throw cause
  }
  return transport
}

class SocketTransport implements OpenTransport {
  readonly listeners: Listener[] = []
  readonly stats: Readonly<TransportStats>
  readonly #clock: Clock
  readonly #floodgate: Floodgate | undefined
  readonly #limits: TransportLimits
  readonly #intake: Intake
  readonly #udp = new Map<Listener, UdpListener>()
  readonly #streams: StreamListener[] = []
  readonly #side: StreamSide
  readonly #connections: Connections
  readonly #sweep: { cancel(): void }
  #closed = false

  constructor({ clock, events, isBanned, ...settings }: TransportSettings) {
    const limits = { ...defaultTransportLimits, ...settings.limits }
    const intake = new Intake(
      events,
      (bytes, to) => this.send(bytes, to, () => undefined),
      isBanned,
    )
    const caps = new ConnectionCaps(limits)
    const side = new StreamSide({ ...settings, clock, limits, intake, caps })
    const dial = side.dial.bind(side)
    this.#clock = clock
    this.#floodgate = settings.floodgate
    this.#limits = limits
    this.#intake = intake
    this.stats = intake.stats
    this.#side = side
    const { floodgate } = settings
    this.#connections = new Connections({ clock, limits, intake, caps, dial, floodgate })
    this.#sweep = clock.every(sweepMs, () => this.#closeIdle())
  }

  async open({ protocol, address, port, host }: ListenerSettings): Promise<void> {
    const bound = canonicalHost(address)
    const where = { address: bound, port, host: host ?? advertisedHost(bound) }
    if (protocol !== 'udp') {
      const stream = await this.#side.open({ ...where, protocol }, this.#connections)
      this.#streams.push(stream)
      this.listeners.push(stream.listener)
      return
    }
    const udp = await UdpListener.open({
      clock: this.#clock,
      limits: this.#limits,
      intake: this.#intake,
      floodgate: this.#floodgate,
      ...where,
    })
    this.#udp.set(udp.listener, udp)
    this.listeners.push(udp.listener)
  }

  send(bytes: Buffer, to: Destination, onError: OnError): void {
    const from = to.listener ?? this.listenerFor(to)
    const fault = this.#fault(to, from)
    if (fault || !from) queueMicrotask(() => onError(new Error(fault)))
    else if (to.protocol === 'udp') this.#udp.get(from)?.send(bytes, to, onError)
    else this.#connections.send(bytes, to, from, onError)
  }

  listenerFor(to: Endpoint): Listener | undefined {
    return chooseListener(this.listeners, to)
  }

  isConnected(connection: ConnectionId): boolean {
    return this.#connections.isOpen(connection)
  }

  reload(tls: TlsSettings): void {
    this.#side.reload(tls)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#sweep.cancel()
    for (const listener of this.#streams) listener.close()
    await this.#connections.close()
    for (const udp of this.#udp.values()) udp.close()
  }

  #fault(to: Endpoint, from: Listener | undefined): string | undefined {
    if (this.#closed) return 'The transport is closed'
    if (!from || (to.protocol === 'udp' && !this.#udp.has(from))) return 'No listener for that'
    if (isIPv6(to.address) !== isIPv6(from.address)) return 'No listener of that family'
    return to.port > 0 && to.port < 65_536 ? undefined : 'No such port'
  }

  #closeIdle(): void {
    const nowMs = this.#clock.monotonic()
    this.#connections.sweep(nowMs)
    for (const udp of this.#udp.values()) udp.sweep(nowMs)
  }
}
