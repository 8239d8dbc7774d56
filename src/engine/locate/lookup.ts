import { lookup as hostLookup, Resolver as NodeResolver } from 'node:dns'

/** One SRV record, RFC 2782. */
export interface ServiceRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** One NAPTR record, RFC 3403. */
export interface PointerRecord {
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly service: string
  readonly replacement: string
}

/** What a name holds: no records where it is known to have none. */
export interface Answer<R> {
  readonly records: readonly R[]
  /** How long the records may be kept, where it is known. */
  readonly ttlMs?: number | undefined
}

/** Takes an answer, once; undefined when nobody could say. */
export type Asked<R> = (answer: Answer<R> | undefined) => void

export type Family = 4 | 6

/** The questions to the DNS that RFC 3263 asks. */
export interface Lookup {
  addresses(name: string, family: Family, done: Asked<string>): void
  services(name: string, done: Asked<ServiceRecord>): void
  pointers(name: string, done: Asked<PointerRecord>): void
}

/** How a lookup asks: which servers, and how patiently. */
export interface LookupSettings {
  /** Addresses with ports; the system's unless given. */
  readonly servers?: readonly string[] | undefined
  /** How long one server may take for one try. */
  readonly tryMs?: number
}

const defaultTryMs = 1_500
const tries = 2

/** That a name has no such records, in the words of c-ares and of the system. */
const noRecords = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * Asks by Node's dns. A name that the DNS does not know is looked up as the system does, so that one
 * of the hosts file is found too.
 */
export function systemLookup(settings: LookupSettings = {}): Lookup {
  const resolver = new NodeResolver({ timeout: settings.tryMs ?? defaultTryMs, tries })
  if (settings.servers) resolver.setServers([...settings.servers])
  return {
    addresses: (name, family, done) => {
      const found = taking<{ address: string; ttl: number }, string>(
        (answer) => {
          if (answer?.records.length === 0) fromHosts(name, family, done)
          else done(answer)
        },
        ({ address }) => address,
        (records) => Math.min(...records.map(({ ttl }) => ttl)) * 1_000,
      )
      if (family === 4) resolver.resolve4(name, { ttl: true }, found)
      else resolver.resolve6(name, { ttl: true }, found)
    },
    services: (name, done) => resolver.resolveSrv(name, taking(done, asIs)),
    pointers: (name, done) => resolver.resolveNaptr(name, taking(done, asIs)),
  }
}

type Answered<Raw> = (error: NodeJS.ErrnoException | null, records: readonly Raw[]) => void

function taking<Raw, R>(
  done: Asked<R>,
  convert: (raw: Raw) => R,
  ttlMs?: (records: readonly Raw[]) => number,
): Answered<Raw> {
  return (error, records) => {
    if (!error) done({ records: records.map(convert), ttlMs: ttlMs?.(records) })
    else done(noRecords.has(error.code ?? '') ? { records: [] } : undefined)
  }
}

function fromHosts(name: string, family: Family, done: Asked<string>): void {
  const found = taking<{ address: string }, string>(done, ({ address }) => address)
  hostLookup(name, { family, all: true }, found)
}

function asIs<R>(record: R): R {
  return record
}
