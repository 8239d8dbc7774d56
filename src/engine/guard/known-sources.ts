import { Bucket } from './bucket.ts'
import { peerKey } from './source-key.ts'

/** What one class of known endpoints may do, and how many there are. */
export interface KnownLimits {
  readonly perS: number
  readonly burst: number
  readonly neighbourPerS: number
  readonly neighbourBurst: number
  readonly knownMs: number
  readonly knownMax: number
}

interface KnownEndpoint {
  readonly bucket: Bucket
  untilMs: number
  /** When it was last put behind the others. */
  placedMs: number
  /** How often it was added. */
  signs: number
}

interface KnownAddress {
  readonly endpoints: Map<number, KnownEndpoint>
  /** For all ports of the address that are not known. */
  readonly neighbours: Bucket
}

/** How often one endpoint is put behind the others at most, milliseconds. */
const renewMs = 10_000

/** Endpoints that have earned a bucket of their own: bounded, and forgotten when they are quiet. */
export class KnownSources {
  readonly #limits: KnownLimits
  readonly #addresses = new Map<string, KnownAddress>()
  #size = 0

  constructor(limits: KnownLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  /** Known from now on for so long, or for longer where it was to be. */
  add(address: string, port: number, nowMs: number, knownMs = this.#limits.knownMs): void {
    const untilMs = nowMs + knownMs
    const known = this.#known(address, nowMs)
    const endpoint = known.endpoints.get(port)
    if (!endpoint) {
      const bucket = new Bucket(this.#limits.perS, this.#limits.burst)
      known.endpoints.set(port, { bucket, untilMs, placedMs: nowMs, signs: 1 })
      this.#size += 1
      if (this.#size > this.#limits.knownMax) this.#forgetOldest()
      return
    }
    endpoint.signs += 1
    endpoint.untilMs = Math.max(endpoint.untilMs, untilMs)
    if (nowMs - endpoint.placedMs > renewMs) {
      endpoint.placedMs = nowMs
      // The map's order is that of the last sign of life.
      this.#addresses.delete(peerKey(address))
      this.#addresses.set(peerKey(address), known)
      known.endpoints.delete(port)
      known.endpoints.set(port, endpoint)
    }
  }

  has(address: string, port: number, nowMs: number): boolean {
    return this.signsOf(address, port, nowMs) > 0
  }

  /** How often an endpoint was added since it became known; 0 where it is not. */
  signsOf(address: string, port: number, nowMs: number): number {
    const endpoint = this.#addresses.get(peerKey(address))?.endpoints.get(port)
    return endpoint !== undefined && nowMs < endpoint.untilMs ? endpoint.signs : 0
  }

  /** Whether one more datagram may come from there; undefined when nothing is known of the address. */
  admits(address: string, port: number, nowMs: number): boolean | undefined {
    const known = this.#addresses.get(peerKey(address))
    if (!known) return undefined
    const endpoint = known.endpoints.get(port)
    if (endpoint && nowMs < endpoint.untilMs) return endpoint.bucket.take(nowMs)
    return known.neighbours.take(nowMs)
  }

  /** Forgets the endpoints whose time is over. */
  sweep(nowMs: number): void {
    for (const [key, { endpoints }] of this.#addresses) {
      for (const [port, { untilMs }] of endpoints) {
        if (untilMs <= nowMs) this.#forget(key, endpoints, port)
      }
    }
  }

  #known(address: string, nowMs: number): KnownAddress {
    const key = peerKey(address)
    const known = this.#addresses.get(key)
    if (known) return known
    const { neighbourPerS, neighbourBurst } = this.#limits
    const added = { endpoints: new Map(), neighbours: new Bucket(neighbourPerS, neighbourBurst) }
    this.#addresses.set(key, added)
    if (this.#size >= this.#limits.knownMax) this.sweep(nowMs)
    return added
  }

  #forgetOldest(): void {
    for (const [key, { endpoints }] of this.#addresses) {
      const [oldest] = endpoints.keys()
      if (oldest === undefined) continue
      this.#forget(key, endpoints, oldest)
      return
    }
  }

  #forget(key: string, endpoints: Map<number, KnownEndpoint>, port: number): void {
    endpoints.delete(port)
    this.#size -= 1
    if (endpoints.size === 0) this.#addresses.delete(key)
  }
}
