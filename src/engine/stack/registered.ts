import type { Clock } from '../../kernel/clock.ts'
import type { Request, Response } from '../message/message.ts'
import { contactKey, grantsOf } from '../message/registration.ts'
import type { Destination } from '../transport/types.ts'

/** Most Contacts whose connection is remembered; a further one is not. */
const registeredMax = 100_000

interface Entry {
  readonly to: Destination
  readonly endsAtMs: number
}

/**
 * The connections of those who cannot be called at the address they gave: behind a NAT, or in a
 * browser. A 2xx to REGISTER or SUBSCRIBE remembers the connection that it came on for its Contact,
 * and a later request to that Contact uses it while it lives (PROTOCOL 9, RFC 5626 5.3).
 */
export class Registered {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#entries.size
  }

  /** Takes a request that was answered with a 2xx, and what it says of its Contacts. */
  accepted(request: Request, response: Response, from: Destination): void {
    if (from.connection === undefined) return
    for (const { contact, seconds } of grantsOf(request, response)) {
      this.#remember(contact, from, seconds)
    }
  }

  /** The connection for a URI, if there is one and it is not too old. */
  find(uri: string): Destination | undefined {
    const key = this.#entries.size === 0 ? undefined : contactKey(uri)
    const entry = key === undefined ? undefined : this.#entries.get(key)
    if (!entry || key === undefined) return undefined
    if (entry.endsAtMs > this.#clock.monotonic()) return entry.to
    this.#entries.delete(key)
    return undefined
  }

  /** Forgets what is too old. */
  sweep(): void {
    const nowMs = this.#clock.monotonic()
    for (const [key, { endsAtMs }] of this.#entries) {
      if (endsAtMs <= nowMs) this.#entries.delete(key)
    }
  }

  #remember(key: string, to: Destination, seconds: number): void {
    // Taken out first, so that the oldest binding is the first one.
    this.#entries.delete(key)
    if (seconds <= 0 || this.#entries.size >= registeredMax) return
    this.#entries.set(key, { to, endsAtMs: this.#clock.monotonic() + seconds * 1_000 })
  }
}
