import type { Clock, Timer } from '../../kernel/clock.ts'
import type { ParseResult } from '../message/parse.ts'
import type { Channel } from './channel.ts'
import { closeGraceMs, type TransportLimits } from './limits.ts'
import { type OnError, RecentSends } from './recent-sends.ts'
import type { ConnectionId, Endpoint, Listener, PeerCertificate } from './types.ts'

export interface ConnectionSettings {
  readonly id: ConnectionId
  readonly clock: Clock
  readonly limits: TransportLimits
  readonly listener: Listener
  readonly remote: Endpoint
  /** True when we opened it: it has a deadline to connect and none for a first message. */
  readonly outgoing: boolean
  /** Whom its server has to prove to be. */
  readonly serverName?: string | undefined
  /** Whether all that comes from this peer is to be thrown away. */
  readonly isBanned: () => boolean
  /** Told of each message; answers for how long to read nothing more. */
  readonly waitMs: () => number
  readonly onMessage: (connection: Connection, result: ParseResult, size: number) => void
  readonly onKeepAlive: () => void
  readonly onClosed: (connection: Connection) => void
}

interface Queued {
  readonly onError: OnError
}

const pong = Buffer.from('\r\n')

/** One connection, accepted or opened: bounds what comes, how long it takes, and what goes. */
export class Connection {
  readonly id: ConnectionId
  readonly remote: Endpoint
  readonly listener: Listener
  readonly outgoing: boolean
  readonly certificate: PeerCertificate | undefined
  readonly serverName: string | undefined
  readonly #settings: ConnectionSettings
  readonly #channel: Channel
  /** Messages that the kernel has not taken yet. */
  readonly #queued = new Set<Queued>()
  readonly #recent: RecentSends
  #connectTimer: Timer | undefined
  #endTimer: Timer | undefined
  /** Runs while nothing is read. */
  #waitTimer: Timer | undefined
  /** When anything moved, when a message did, and when anything came. */
  #activeAtMs: number
  #messageAtMs: number
  #heardAtMs: number
  #probedAtMs: number | undefined
  /** Whether the peer answers when it is asked for a sign of life. */
  #answersProbes: boolean
  /** Since when a message is awaited that must come, or undefined. */
  #owedSinceMs: number | undefined
  #owesFirst: boolean
  #cause: Error | undefined
  #pinged = false
  #ending = false

  constructor(settings: ConnectionSettings, channel: Channel) {
    const { clock, limits, outgoing } = settings
    const nowMs = clock.monotonic()
    this.id = settings.id
    this.remote = settings.remote
    this.listener = settings.listener
    this.outgoing = outgoing
    this.certificate = channel.certificate
    this.serverName = settings.serverName
    this.#settings = settings
    this.#channel = channel
    this.#recent = new RecentSends(limits.blameMs)
    this.#activeAtMs = nowMs
    this.#messageAtMs = nowMs
    this.#heardAtMs = nowMs
    this.#answersProbes = channel.probe?.isKnownToAll === true
    this.#owesFirst = !outgoing
    this.#owedSinceMs = outgoing ? undefined : nowMs
    if (outgoing) this.#awaitConnect()
    channel.start({
      onOpen: () => this.#connectTimer?.cancel(),
      mayRead: () => this.#mayRead(),
      onActivity: (begun) => this.#active(begun),
      onMessage: (result, size) => this.#take(result, size),
      onPing: () => {
        this.#pinged = true
      },
      onBroken: () => this.end(),
      onClosed: (cause) => this.#closed(cause),
    })
  }

  /** False once it is on its way out: nothing more can be sent. */
  get open(): boolean {
    return !this.#ending && this.#channel.writable
  }

  /**
   * Queues one message. `onError` is called when it can't be handed to the kernel, or when the peer
   * resets the connection right after.
   */
  send(bytes: Buffer, onError: OnError): void {
    this.#messageAtMs = this.#settings.clock.monotonic()
    this.#write(bytes, onError)
  }

  /** Closes the connection when it has been idle, or has owed something, for too long. */
  sweep(nowMs: number): void {
    const { limits } = this.#settings
    const owedMs = this.#owesFirst ? limits.firstMessageMs : limits.messageMs
    const owed = this.#owedSinceMs
    if (owed !== undefined && nowMs - owed >= owedMs) this.destroy(new Error('Stalled'))
    else if (nowMs - this.#activeAtMs >= limits.idleMs) this.end()
    else if (nowMs - this.#messageAtMs >= limits.keepAliveMs) this.end()
    else {
      this.#recent.forgetBefore(nowMs - limits.blameMs)
      this.#probe(nowMs)
    }
  }

  /** Sends what is queued, then closes; what the peer does not read in time is given up. */
  end(): void {
    if (this.#ending) return
    this.#ending = true
    this.#endTimer = this.#settings.clock.after(closeGraceMs, () => this.#channel.destroy())
    this.#channel.end()
  }

  /** Closes at once; every message still queued fails with `cause`. */
  destroy(cause: Error): void {
    this.#ending = true
    this.#cause ??= cause
    this.#channel.destroy()
  }

  #write(bytes: Buffer, onError: OnError): void {
    const { clock, limits } = this.#settings
    this.#activeAtMs = clock.monotonic()
    const queued: Queued = { onError }
    this.#queued.add(queued)
    this.#channel.write(bytes, (cause) => {
      if (cause || !this.#queued.delete(queued)) return
      this.#recent.add(clock.monotonic(), onError)
    })
    if (this.#channel.bufferedBytes > limits.writeBufferBytes) {
      this.destroy(new Error('The peer does not read what it is sent'))
    }
  }

  #mayRead(): boolean {
    if (this.#ending) return false
    if (!this.#settings.isBanned()) return true
    this.destroy(new Error('The source is banned'))
    return false
  }

  #take(result: ParseResult, size: number): void {
    this.#owesFirst = false
    // What follows it in the same bytes has begun now, however long the line has been busy.
    this.#owedSinceMs = undefined
    this.#messageAtMs = this.#settings.clock.monotonic()
    this.#settings.onMessage(this, result, size)
    this.#keepPace()
  }

  #keepPace(): void {
    const waitMs = this.#settings.waitMs()
    if (waitMs <= 0 || this.#ending) return
    this.#channel.pause()
    this.#waitTimer?.cancel()
    this.#waitTimer = this.#settings.clock.after(waitMs, () => this.#channel.resume())
  }

  /** Keep-alives alone never pay for the first message that a stranger owes. */
  #active(begun: boolean): void {
    const nowMs = this.#settings.clock.monotonic()
    this.#activeAtMs = nowMs
    this.#heardAtMs = nowMs
    this.#noteAnswer(begun)
    if (begun) this.#owedSinceMs ??= nowMs
    else if (!this.#owesFirst) this.#owedSinceMs = undefined
    if (!this.#pinged || this.#ending) return
    // However many pings came together, one pong says that we are here.
    this.#pinged = false
    this.#settings.onKeepAlive()
    this.#write(pong, () => undefined)
  }

  /** What comes after a probe and is no message answers it. */
  #noteAnswer(begun: boolean): void {
    const probedAtMs = this.#probedAtMs
    this.#probedAtMs = undefined
    if (probedAtMs !== undefined && !begun && this.#messageAtMs < probedAtMs) {
      this.#answersProbes = true
    }
  }

  #probe(nowMs: number): void {
    const { limits } = this.#settings
    const { probe } = this.#channel
    if (!probe || !this.open) return
    if (this.#probedAtMs !== undefined) this.#awaitAnswer(nowMs, this.#probedAtMs)
    else {
      const silentMs = probe.isKnownToAll ? limits.probeMs : limits.streamProbeMs
      if (nowMs - this.#heardAtMs < silentMs) return
      this.#probedAtMs = nowMs
      probe.send()
    }
  }

  #awaitAnswer(nowMs: number, probedAtMs: number): void {
    if (nowMs - probedAtMs < this.#settings.limits.probeAnswerMs) return
    // Who may not know of pings is pinged again for the sake of the NATs on the way.
    this.#probedAtMs = undefined
    this.#heardAtMs = nowMs
    if (this.#answersProbes) this.destroy(new Error('No sign of life'))
  }

  #awaitConnect(): void {
    const { clock, limits } = this.#settings
    this.#connectTimer = clock.after(limits.connectMs, () =>
      this.destroy(new Error('Connect timed out')),
    )
  }

  #closed(cause: Error | undefined): void {
    const { clock, onClosed } = this.#settings
    this.#connectTimer?.cancel()
    this.#endTimer?.cancel()
    this.#waitTimer?.cancel()
    this.#ending = true
    const known = this.#cause ?? cause
    const unsent = [...this.#queued]
    this.#queued.clear()
    onClosed(this)
    for (const { onError } of unsent) onError(known ?? new Error('Connection closed'))
    // What the kernel took right before a reset never reached anybody.
    if (known) this.#recent.fail(clock.monotonic(), known)
  }
}
