import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Endpoint } from '../transport/types.ts'
import { defaultFloodLimits, type FloodLimits } from './flood-limits.ts'
import { KnownSources } from './known-sources.ts'
import { Strangers } from './strangers.ts'
import type { Trust } from './trust.ts'

/** Where the status of a response begins, after `SIP/2.0 `, and what a provisional one begins with. */
const statusAt = 8
const digitOne = 0x31

/** What a final response has more than the 100 to the same request, bytes: tag, reason, wait. */
const finalMoreBytes = 128

const two31 = 2 ** 31

/**
 * Decides by the source alone which datagrams are read, and how much a source that may be forged is
 * answered. Whoever is known has room of his own that no flood of strangers takes.
 */
export class FloodGuard implements Trust {
  readonly #clock: Clock
  readonly #vouched: KnownSources
  readonly #proven: KnownSources
  readonly #strangers: Strangers

  constructor(clock: Clock, random: Random, given: Partial<FloodLimits> = {}) {
    const limits = { ...defaultFloodLimits, ...given }
    this.#clock = clock
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
    this.#strangers = new Strangers(limits, random.below(two31))
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
   * it. A provisional response leaves room for the final one.
   */
  maySend(response: Buffer, address: string, port: number): boolean {
    const nowMs = this.#clock.monotonic()
    if (this.#vouched.has(address, port, nowMs) || this.#proven.has(address, port, nowMs)) {
      return true
    }
    const isProvisional = response[statusAt] === digitOne
    const leave = isProvisional ? response.length + finalMoreBytes : 0
    return this.#strangers.spend(address, response.length, leave)
  }

  isStranger({ protocol, address, port }: Endpoint): boolean {
    if (protocol !== 'udp') return false
    const nowMs = this.#clock.monotonic()
    return !this.#vouched.has(address, port, nowMs) && !this.#proven.has(address, port, nowMs)
  }

  vouch({ protocol, address, port }: Endpoint): void {
    if (protocol === 'udp') this.#vouched.add(address, port, this.#clock.monotonic())
  }

  prove({ protocol, address, port }: Endpoint): void {
    if (protocol === 'udp') this.#proven.add(address, port, this.#clock.monotonic())
  }
}
