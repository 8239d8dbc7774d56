import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Endpoint } from '../transport/types.ts'
import { defaultFloodLimits, type FloodLimits } from './flood-limits.ts'
import { KnownSources } from './known-sources.ts'
import { SourcePace } from './source-pace.ts'
import { Strangers } from './strangers.ts'
import type { Trust } from './trust.ts'

/** Where the status of a response begins, after `SIP/2.0 `, and what a provisional one begins with. */
const statusAt = 8
const digitOne = 0x31

/** How many bytes more than came from a source it may have been sent, for all time together. */
export const debtBytesMax = 512

/** Refusals that make the next one likely: a caller who is challenged and tries again has had one. */
const refusalsMin = 8

const two31 = 2 ** 31

export interface FloodGuardOptions {
  readonly limits?: Partial<FloodLimits> | undefined
  /** Whether the application has more to say something about than it gets done. */
  readonly isBehind?: (() => boolean) | undefined
}

/**
 * Decides by the source alone which datagrams are read, and how much a source that may be forged is
 * answered. Whoever is known has room of his own that no flood of strangers takes.
 */
export class FloodGuard implements Trust {
  readonly #clock: Clock
  readonly #limits: FloodLimits
  readonly #vouched: KnownSources
  readonly #proven: KnownSources
  readonly #strangers: Strangers
  readonly #connecting: SourcePace
  readonly #streaming: SourcePace

  constructor(clock: Clock, random: Random, options: FloodGuardOptions = {}) {
    const limits = { ...defaultFloodLimits, ...options.limits }
    this.#clock = clock
    this.#limits = limits
    this.#vouched = new KnownSources({
      ...limits,
      perS: limits.vouchedPerS,
      burst: limits.vouchedBurst,
    })
    this.#proven = new KnownSources({
      ...limits,
      perS: limits.provenPerS,
      burst: limits.provenBurst,
    })
    this.#strangers = new Strangers(limits, {
      seed: random.below(two31),
      isBehind: options.isBehind ?? (() => false),
    })
    const { connectionsPerS, connectionsBurst, streamPerS, streamBurst } = limits
    const connecting = { perS: connectionsPerS, burst: connectionsBurst }
    const streaming = { perS: streamPerS, burst: streamBurst }
    this.#connecting = new SourcePace(connecting, random.below(two31))
    this.#streaming = new SourcePace(streaming, random.below(two31))
  }

  /** Whether a datagram from there is to be read. */
  admits(address: string, port: number, bytes: number): boolean {
    const nowMs = this.#clock.monotonic()
    if (this.#vouched.has(address, port, nowMs)) {
      return this.#vouched.admits(address, port, nowMs) ?? false
    }
    const admitted =
      this.#proven.admits(address, port, nowMs) ??
      this.#vouched.admits(address, port, nowMs) ??
      this.#strangers.admits(address, nowMs)
    if (admitted) this.#strangers.earn(address, bytes)
    return admitted
  }

  /**
   * Whether a response may be sent there: a source that may be forged is sent no more than came from
   * it, in the long run. One final response may be larger than what is left of its request.
   */
  maySend(response: Buffer, address: string, port: number): boolean {
    const nowMs = this.#clock.monotonic()
    if (this.#vouched.has(address, port, nowMs) || this.#proven.has(address, port, nowMs)) {
      return true
    }
    const isProvisional = response[statusAt] === digitOne
    return this.#strangers.spend(address, response.length, isProvisional ? 0 : debtBytesMax)
  }

  /**
   * Whether what a socket of its own has brought from there is to be read. Whom we have sent to shares
   * nothing with strangers, though nobody has vouched for it yet: its first answer may be under way.
   */
  admitsPeer(address: string, port: number, bytes: number): boolean {
    const nowMs = this.#clock.monotonic()
    const admitted = this.#vouched.has(address, port, nowMs)
      ? (this.#vouched.admits(address, port, nowMs) ?? false)
      : this.#strangers.admitsAlone(address, nowMs)
    if (admitted) this.#strangers.earn(address, bytes)
    return admitted
  }

  affords(source: Endpoint, bytes: number): boolean {
    return !this.isStranger(source) || this.#strangers.affords(source.address, bytes)
  }

  /** Whether one more connection may come from there. */
  admitsConnection(address: string): boolean {
    return this.#connecting.take(address, this.#clock.monotonic())
  }

  /** Counts one message of a connection; answers for how long nothing more is to be read from it. */
  streamWaitMs(address: string): number {
    return this.#streaming.owe(address, this.#clock.monotonic())
  }

  isStranger({ protocol, address, port }: Endpoint): boolean {
    if (protocol !== 'udp') return false
    const nowMs = this.#clock.monotonic()
    return !this.#vouched.has(address, port, nowMs) && !this.#proven.has(address, port, nowMs)
  }

  isOnlyRefused({ protocol, address, port }: Endpoint): boolean {
    if (protocol !== 'udp') return false
    const nowMs = this.#clock.monotonic()
    const refused = this.#proven.signsOf(address, port, nowMs)
    return refused >= refusalsMin && !this.#vouched.has(address, port, nowMs)
  }

  vouch({ protocol, address, port }: Endpoint, registeredMs = 0): void {
    const { knownMs, registeredMaxMs } = this.#limits
    const forMs = Math.max(knownMs, Math.min(registeredMs, registeredMaxMs))
    if (protocol === 'udp') this.#vouched.add(address, port, this.#clock.monotonic(), forMs)
  }

  prove({ protocol, address, port }: Endpoint): void {
    if (protocol === 'udp') this.#proven.add(address, port, this.#clock.monotonic())
  }
}
