import type { PassportFault } from '../../domain/passport-faults.ts'
import type { Clock } from '../../kernel/clock.ts'
import { putLast } from '../../kernel/put-last.ts'
import { type Trust, type VerifiedChain, verifyChain } from './chain.ts'
import type { Fetched } from './fetch-certificate.ts'
import { readChain } from './pem-chain.ts'
import { type AllowedHost, type CertificateLocation, locateX5u } from './x5u.ts'

/** Verified chains that are kept; the one that was used longest ago goes first. */
export const chainsMax = 2000
/** Failures that are remembered. */
export const failuresMax = 10_000
/** Fetches under way at once, and of them to one host. */
export const fetchesMax = 64
export const fetchesPerHostMax = 8
/** So long nobody asks again for what could not be had. */
const failureKeptMs = 30_000

export interface ChainStoreParts {
  readonly clock: Clock
  readonly allowedHosts: readonly AllowedHost[]
  fetch(location: CertificateLocation): Promise<Fetched | PassportFault>
}

interface Kept<Value> {
  readonly value: Value
  /** By the monotonic clock, so that no failure is remembered for years. */
  readonly untilMs: number
}

/**
 * Chains by the URL that they stand at: fetched once however many calls wait, verified once, and kept
 * as what they were verified to be for as long as HTTP and the certificates allow. Everything it holds
 * is bounded.
 */
export class ChainStore {
  readonly #parts: ChainStoreParts
  readonly #chains = new Map<string, Kept<VerifiedChain>>()
  readonly #failures = new Map<string, Kept<PassportFault>>()
  readonly #underWay = new Map<string, Promise<VerifiedChain | PassportFault>>()
  readonly #fetchesByHost = new Map<string, number>()
  #trust: Trust

  constructor(parts: ChainStoreParts, trust: Trust) {
    this.#parts = parts
    this.#trust = trust
  }

  /** How much is held. */
  get sizes(): { readonly chains: number; readonly failures: number; readonly underWay: number } {
    const { size: failures } = this.#failures
    return { chains: this.#chains.size, failures, underWay: this.#underWay.size }
  }

  /** Judges by other anchors and lists from now on: what was believed by the old ones is forgotten. */
  useTrust(trust: Trust): void {
    this.#trust = trust
    this.#chains.clear()
    this.#failures.clear()
    this.#underWay.clear()
  }

  /** The verified chain at a URL, or why there is none. Never rejects. */
  async chainAt(x5u: string): Promise<VerifiedChain | PassportFault> {
    const location = locateX5u(x5u, this.#parts.allowedHosts)
    if (!location) return 'x5u_forbidden'
    const known = this.#known(x5u)
    if (known) return known
    const underWay = this.#underWay.get(x5u)
    if (underWay !== undefined) return underWay
    const ofHost = this.#fetchesByHost.get(location.host) ?? 0
    if (this.#underWay.size >= fetchesMax || ofHost >= fetchesPerHostMax) return 'service_busy'
    this.#fetchesByHost.set(location.host, ofHost + 1)
    const obtained = this.#obtain(x5u, location).finally(() => {
      this.#leave(location.host)
      if (this.#underWay.get(x5u) === obtained) this.#underWay.delete(x5u)
    })
    this.#underWay.set(x5u, obtained)
    return obtained
  }

  #known(x5u: string): VerifiedChain | PassportFault | undefined {
    const nowMs = this.#parts.clock.monotonic()
    const failure = this.#failures.get(x5u)
    if (failure && nowMs < failure.untilMs) return failure.value
    const kept = this.#chains.get(x5u)
    if (!kept || nowMs >= kept.untilMs) return undefined
    if (this.#parts.clock.now() >= kept.value.validUntilMs) return undefined
    putLast(this.#chains, [x5u, kept], chainsMax)
    return kept.value
  }

  async #obtain(
    x5u: string,
    location: CertificateLocation,
  ): Promise<VerifiedChain | PassportFault> {
    const trust = this.#trust
    const fetched = await this.#parts.fetch(location)
    const { clock } = this.#parts
    const wallMs = clock.now()
    const chain = typeof fetched === 'string' ? fetched : await judge(fetched.body, trust, wallMs)
    const nowMs = clock.monotonic()
    if (trust !== this.#trust) return chain
    if (typeof chain === 'string') {
      this.#chains.delete(x5u)
      const untilMs = nowMs + failureKeptMs
      putLast(this.#failures, [x5u, { value: chain, untilMs }], failuresMax)
    } else if (typeof fetched !== 'string') {
      this.#failures.delete(x5u)
      const untilMs = nowMs + fetched.keepMs
      putLast(this.#chains, [x5u, { value: chain, untilMs }], chainsMax)
    }
    return chain
  }

  #leave(host: string): void {
    const left = (this.#fetchesByHost.get(host) ?? 1) - 1
    if (left > 0) this.#fetchesByHost.set(host, left)
    else this.#fetchesByHost.delete(host)
  }
}

async function judge(
  body: Buffer,
  trust: Trust,
  nowMs: number,
): Promise<VerifiedChain | PassportFault> {
  try {
    const chain = readChain(body)
    return chain ? await verifyChain(chain, trust, nowMs) : 'certificate_malformed'
  } catch {
    // The libraries throw on extensions whose content is not what their number says.
    return 'certificate_malformed'
  }
}
