import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../kernel/clock.ts'
import { Intake, type IsBanned, type TransportStats } from './intake.ts'
import { defaultTransportLimits, sweepMs, type TransportLimits } from './limits.ts'
import { chooseListener } from './listener-choice.ts'
import type { OnError } from './recent-sends.ts'
import { TcpConnections, TcpListener } from './tcp.ts'
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
  /** An IPv4 address of this machine, or 0.0.0.0. */
  readonly address: string
  readonly port: number
  /** What we write about it in Via and Contact; the address unless given. */
  readonly host?: string | undefined
}

export interface TransportSettings {
  readonly listeners: readonly ListenerSettings[]
  readonly clock: Clock
  readonly events: TransportEvents
  readonly limits?: Partial<TransportLimits> | undefined
  /** Whether all that comes from an address is to be dropped unread. */
  readonly isBanned?: IsBanned | undefined
}

/** A transport that tells what it has seen. */
export interface OpenTransport extends Transport {
  /** Live counters, read only. */
  readonly stats: Readonly<TransportStats>
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
  readonly #limits: TransportLimits
  readonly #intake: Intake
  readonly #udp = new Map<Listener, UdpListener>()
  readonly #tcp: TcpListener[] = []
  readonly #connections: TcpConnections
  readonly #sweep: { cancel(): void }
  #closed = false

  constructor({ clock, events, limits, isBanned }: TransportSettings) {
    this.#clock = clock
    this.#limits = { ...defaultTransportLimits, ...limits }
    this.#intake = new Intake(
      events,
      (bytes, to) => this.send(bytes, to, () => undefined),
      isBanned,
    )
    this.stats = this.#intake.stats
    this.#connections = new TcpConnections(clock, this.#limits, this.#intake)
    this.#sweep = clock.every(sweepMs, () => this.#closeIdle())
  }

  async open({ protocol, address, port, host }: ListenerSettings): Promise<void> {
    const where = { address, port, host: host ?? advertisedHost(address) }
    if (protocol === 'tcp') {
      const listener = await TcpListener.open(where, this.#connections)
      this.#tcp.push(listener)
      this.listeners.push(listener.listener)
      return
    }
    const limits = this.#limits
    const udp = await UdpListener.open({
      clock: this.#clock,
      limits,
      intake: this.#intake,
      ...where,
    })
    this.#udp.set(udp.listener, udp)
    this.listeners.push(udp.listener)
  }

  send(bytes: Buffer, to: Destination, onError: OnError): void {
    const from = to.listener ?? this.listenerFor(to)
    const fault = this.#fault(to, from)
    if (fault || !from) queueMicrotask(() => onError(new Error(fault)))
    else if (to.protocol === 'tcp') this.#connections.send(bytes, to, from, onError)
    else this.#udp.get(from)?.send(bytes, to, onError)
  }

  listenerFor(to: Endpoint): Listener | undefined {
    return chooseListener(this.listeners, to)
  }

  isConnected(connection: ConnectionId): boolean {
    return this.#connections.isOpen(connection)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#sweep.cancel()
    for (const listener of this.#tcp) listener.close()
    await this.#connections.close()
    for (const udp of this.#udp.values()) udp.close()
  }

  #fault(to: Endpoint, from: Listener | undefined): string | undefined {
    if (this.#closed) return 'The transport is closed'
    if (!from || (to.protocol === 'udp' && !this.#udp.has(from))) return 'No listener for that'
    if (!isIPv4(to.address)) return 'No IPv4 address'
    return to.port > 0 && to.port < 65_536 ? undefined : 'No such port'
  }

  #closeIdle(): void {
    const nowMs = this.#clock.monotonic()
    this.#connections.sweep(nowMs)
    for (const udp of this.#udp.values()) udp.sweep(nowMs)
  }
}

/** What to write for a socket on all addresses: the first that others can reach. */
function advertisedHost(address: string): string {
  if (address !== '0.0.0.0') return address
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const reachable = all.find(({ family, internal }) => family === 'IPv4' && !internal)
  return reachable?.address ?? '127.0.0.1'
}
