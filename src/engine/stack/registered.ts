import type { Clock } from '../../kernel/clock.ts'
import { firstHeader, listHeader } from '../message/headers.ts'
import type { Request, Response } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { parseSeconds } from '../message/session-expires.ts'
import { parseSipUri } from '../message/uri.ts'
import type { Destination } from '../transport/types.ts'

/** Most Contacts whose connection is remembered; a further one is not. */
const registeredMax = 100_000

/** Most Contacts of one registration that are looked at. */
const contactsMax = 16

/** RFC 3261 10.2.1.1: how long a binding lasts that does not say. */
const defaultExpiresS = 3_600

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
    for (const contact of listHeader(request, 'Contact').slice(0, contactsMax)) {
      const address = parseNameAddr(contact)
      const key = address && keyOf(address.uri)
      if (key === undefined) continue
      const asked = address?.params.get('expires') ?? firstHeader(request, 'Expires')
      const said = grantedTo(key, response) ?? firstHeader(response, 'Expires')
      const seconds = lifetime(asked, said)
      this.#remember(key, from, seconds)
    }
  }

  /** The connection for a URI, if there is one and it is not too old. */
  find(uri: string): Destination | undefined {
    const key = this.#entries.size === 0 ? undefined : keyOf(uri)
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

/** What is said of a Contact in the list of bindings that a 200 to REGISTER has, RFC 3261 10.3. */
function grantedTo(key: string, response: Response): string | undefined {
  for (const contact of listHeader(response, 'Contact').slice(0, contactsMax)) {
    const address = parseNameAddr(contact)
    if (address && keyOf(address.uri) === key) return address.params.get('expires')
  }
  return undefined
}

/** RFC 3261 10.2.1.1: the registrar's word counts, else its client's; seconds. */
function lifetime(asked: string | undefined, said: string | undefined): number {
  // What its sender withdraws lasts no longer, whatever else is bound.
  if (asked !== undefined && parseSeconds(asked) === 0) return 0
  return parseSeconds(said ?? asked ?? '') ?? defaultExpiresS
}

/** User, host and port as written: a Contact is called as it stands. */
function keyOf(uri: string): string | undefined {
  const parsed = parseSipUri(uri)
  if (!parsed) return undefined
  return `${parsed.user ?? ''}@${parsed.host.toLowerCase()}:${parsed.port ?? ''}`
}
