import { isIPv4, isIPv6 } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { canonicalHost } from '../transport/address-bytes.ts'
import { defaultPortOf } from '../transport/protocols.ts'
import { AnswerCache, type AnswerLimits, defaultAnswerLimits } from './answer-cache.ts'
import type { Family, Lookup, PointerRecord, ServiceRecord } from './lookup.ts'
import { followPointers, orderServices, type Pointed, type Service } from './services.ts'

/** Most places that one name leads to; what the DNS says beyond is not read. */
export const placesMax = 8
/** How long all questions about one host may take together. */
export const resolveMs = 6_000

/** A host that is to be found. */
export interface Wanted {
  readonly host: string
  /** The URI's, if it has one. */
  readonly port: number | undefined
  /** Those that may be used, the preferred first; at least one. */
  readonly services: readonly Service[]
  /** Whether the URI names its transport. */
  readonly isPinned: boolean
  /** Address families that can be reached over a service, the preferred first. */
  families(service: Service): readonly Family[]
}

/** An address where a service is. */
export interface Place {
  readonly service: Service
  readonly address: string
  readonly port: number
}

/** Finds where hosts are served. */
export interface Resolver {
  /** The places to try, in this order; none when there is no address. Never rejects. */
  places(wanted: Wanted): Promise<readonly Place[]>
}

/** The address a host already is, or names without asking anybody. */
export function literalAddress(host: string): string | undefined {
  if (isIPv4(host)) return host
  const address = canonicalHost(host)
  if (isIPv6(address)) return address
  // RFC 6761 6.3.
  return address === 'localhost' ? '127.0.0.1' : undefined
}

export interface ResolverParts {
  readonly clock: Clock
  readonly random: Random
  readonly lookup: Lookup
  readonly limits?: AnswerLimits
}

/** A resolver after RFC 3263 4.1 and 4.2 with a memory for answers. */
export function createResolver(parts: ResolverParts): Resolver {
  return new NameResolver(parts)
}

class NameResolver implements Resolver {
  readonly #clock: Clock
  readonly #random: Random
  readonly #lookup: Lookup
  readonly #addresses: AnswerCache<string>
  readonly #services: AnswerCache<ServiceRecord>
  readonly #pointers: AnswerCache<PointerRecord>

  constructor({ clock, random, lookup, limits = defaultAnswerLimits }: ResolverParts) {
    this.#clock = clock
    this.#random = random
    this.#lookup = lookup
    this.#addresses = new AnswerCache(clock, limits)
    this.#services = new AnswerCache(clock, limits)
    this.#pointers = new AnswerCache(clock, limits)
  }

  async places(wanted: Wanted): Promise<readonly Place[]> {
    const { promise: late, resolve } = Promise.withResolvers<readonly Place[]>()
    const deadline = this.#clock.after(resolveMs, () => resolve([]))
    const places = await Promise.race([this.#find(wanted), late])
    deadline.cancel()
    return places.slice(0, placesMax)
  }

  async #find(wanted: Wanted): Promise<readonly Place[]> {
    const [preferred] = wanted.services
    if (!preferred) return []
    // RFC 3263 4.2: a port in the URI leaves nothing to ask but the address.
    if (wanted.port !== undefined) {
      return this.#at(wanted, preferred, { name: wanted.host, port: wanted.port })
    }
    for (const pointed of await this.#pointed(wanted)) {
      const records = await this.#services.get(pointed.name, (done) =>
        this.#lookup.services(pointed.name, done),
      )
      if (records && records.length > 0) return this.#served(wanted, pointed.service, records)
    }
    const port = defaultPortOf(preferred.protocol)
    return this.#at(wanted, preferred, { name: wanted.host, port })
  }

  /** RFC 3263 4.1: where SRV records are to be looked for, the preferred service first. */
  async #pointed({ host, services, isPinned }: Wanted): Promise<readonly Pointed[]> {
    const records = isPinned
      ? undefined
      : await this.#pointers.get(host, (done) => this.#lookup.pointers(host, done))
    const pointed = followPointers(records ?? [], services)
    if (pointed.length > 0) return pointed.slice(0, placesMax)
    return services
      .filter(({ isCommon }) => isPinned || isCommon)
      .map((service) => ({ service, name: `${service.prefix}.${host}` }))
  }

  /** RFC 3263 4.2: every address of every server, in the order of RFC 2782. */
  async #served(
    wanted: Wanted,
    service: Service,
    records: readonly ServiceRecord[],
  ): Promise<Place[]> {
    // RFC 2782: a target of "." says that the service is decidedly not here.
    const offered = records.filter(({ name }) => name !== '' && name !== '.')
    const ordered = orderServices(offered, this.#random).slice(0, placesMax)
    const found = await Promise.all(ordered.map((record) => this.#at(wanted, service, record)))
    return found.flat()
  }

  async #at(
    wanted: Wanted,
    service: Service,
    { name, port }: { readonly name: string; readonly port: number },
  ): Promise<Place[]> {
    const literal = literalAddress(name)
    if (literal !== undefined) return [{ service, address: literal, port }]
    const families = wanted.families(service)
    const found = await Promise.all(
      families.map((family) =>
        this.#addresses.get(`${family} ${name}`, (done) =>
          this.#lookup.addresses(name, family, done),
        ),
      ),
    )
    return found.flatMap((addresses) =>
      (addresses ?? []).map((address) => ({ service, address, port })),
    )
  }
}
