import type { Socket } from 'node:net'
import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Intake } from './intake.ts'
import { closeGraceMs, type TransportLimits } from './limits.ts'
import { type OnError, RecentSends } from './recent-sends.ts'
import { StreamFramer } from './stream-framer.ts'
import type { ConnectionId, Endpoint, Listener } from './types.ts'

export interface TcpConnectionSettings {
  readonly id: ConnectionId
  readonly clock: Clock
  readonly limits: TransportLimits
  readonly intake: Intake
  readonly listener: Listener
  readonly remote: Endpoint
  /** True when we opened it: it has a deadline to connect and none for a first message. */
  readonly outgoing: boolean
  readonly onClosed: () => void
}

interface Queued {
  readonly onError: OnError
}

const pong = Buffer.from('\r\n')

/** One TCP connection, accepted or opened: frames what comes, bounds what goes. */
export class TcpConnection {
  readonly id: ConnectionId
  readonly remote: Endpoint
  readonly #settings: TcpConnectionSettings
  readonly #socket: Socket
  readonly #framer: StreamFramer
  /** Messages that the kernel has not taken yet. */
  readonly #queued = new Set<Queued>()
  readonly #recent: RecentSends
  #connectTimer: Timer | undefined
  #activeAtMs: number
  /** Since when a message is awaited that must come, or undefined. */
  #owedSinceMs: number | undefined
  #cause: Error | undefined
  #pinged = false
  #ending = false

  constructor(settings: TcpConnectionSettings, socket: Socket) {
    const { clock, limits } = settings
    this.id = settings.id
    this.remote = settings.remote
    this.#settings = settings
    this.#socket = socket
    this.#recent = new RecentSends(limits.blameMs)
    this.#activeAtMs = clock.monotonic()
    this.#owedSinceMs = settings.outgoing ? undefined : this.#activeAtMs
    this.#framer = new StreamFramer({
      onMessage: (result, size) => {
        const { listener, remote, id } = settings
        settings.intake.take(result, size, { source: remote, listener, connection: id })
      },
      onPing: () => {
        this.#pinged = true
      },
    })
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#arrive(chunk))
    socket.on('error', (cause) => {
      this.#cause ??= cause
    })
    socket.once('close', () => this.#closed())
    if (settings.outgoing) this.#awaitConnect()
  }

  /** False once it is on its way out: nothing more can be sent. */
  get open(): boolean {
    return !this.#ending && this.#socket.writable
  }

  /**
   * Queues one message. `onError` is called when it can't be handed to the kernel, or when the peer
   * resets the connection right after.
   */
  send(bytes: Buffer, onError: OnError): void {
    const { clock, limits } = this.#settings
    this.#activeAtMs = clock.monotonic()
    const queued: Queued = { onError }
    this.#queued.add(queued)
    this.#socket.write(bytes, (cause) => {
      if (cause || !this.#queued.delete(queued)) return
      this.#recent.add(clock.monotonic(), onError)
    })
    if (this.#socket.writableLength > limits.tcpWriteBufferBytes) {
      this.destroy(new Error('The peer does not read what it is sent'))
    }
  }

  /** Closes the connection when it has been idle, or has owed a message, for too long. */
  sweep(nowMs: number): void {
    const { tcpIdleMs, tcpStalledMs } = this.#settings.limits
    const owed = this.#owedSinceMs
    if (owed !== undefined && nowMs - owed >= tcpStalledMs) this.destroy(new Error('Stalled'))
    else if (nowMs - this.#activeAtMs >= tcpIdleMs) this.end()
    else this.#recent.forgetBefore(nowMs - this.#settings.limits.blameMs)
  }

  /** Sends what is queued, then closes; what the peer does not read in time is given up. */
  end(): void {
    if (this.#ending) return
    this.#ending = true
    const giveUp = this.#settings.clock.after(closeGraceMs, () => this.#socket.destroy())
    this.#socket.once('close', () => giveUp.cancel())
    this.#socket.destroySoon()
  }

  /** Closes at once; every message still queued fails with `cause`. */
  destroy(cause: Error): void {
    this.#ending = true
    this.#cause ??= cause
    this.#socket.destroy()
  }

  #arrive(chunk: Buffer) {
    const { clock, intake } = this.#settings
    if (this.#ending) return
    if (intake.drops(this.remote.address)) return this.destroy(new Error('The source is banned'))
    this.#activeAtMs = clock.monotonic()
    this.#framer.push(chunk)
    if (!this.#framer.partial) this.#owedSinceMs = undefined
    else this.#owedSinceMs ??= this.#activeAtMs
    if (this.#pinged) {
      // However many pings a chunk holds, one pong says that we are here.
      this.#pinged = false
      intake.stats.keepAlives++
      this.send(pong, () => undefined)
    }
    if (this.#framer.broken) this.end()
  }

  #awaitConnect(): void {
    const { clock, limits } = this.#settings
    this.#connectTimer = clock.after(limits.tcpConnectTimeoutMs, () =>
      this.destroy(new Error('Connect timed out')),
    )
    this.#socket.once('connect', () => this.#connectTimer?.cancel())
  }

  #closed(): void {
    const { clock, onClosed } = this.#settings
    this.#connectTimer?.cancel()
    this.#ending = true
    const unsent = [...this.#queued]
    this.#queued.clear()
    onClosed()
    const cause = this.#cause ?? new Error('Connection closed')
    for (const { onError } of unsent) onError(cause)
    // What the kernel took right before a reset never reached anybody.
    if (this.#cause) this.#recent.fail(clock.monotonic(), cause)
  }
}
