import { lookup as hostLookup, Resolver as NodeResolver } from 'node:dns'
import { isIP } from 'node:net'
import { HostsFile, systemHostsPath } from './hosts-file.ts'

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
  /** The file of names that need no server; the system's unless given. */
  readonly hostsPath?: string
}

const defaultTryMs = 1_500
const tries = 2

/** That a name has no such records, in the words of c-ares and of the system. */
const noRecords = new Set(['ENOTFOUND', 'ENODATA'])

/** How long an answer of the hosts file is believed. */
const hostsTtlMs = 5_000

/** What goes before the name of a host in an SRV question, RFC 2782. */
const servicePrefix = /^_[^.]+\._[^.]+\./

/**
 * Asks as the system does: the hosts file first, whose names need no server, then the DNS by Node's
 * client, and of a name the DNS does not know whatever else the system asks. The hosts file knows
 * of addresses alone, so a name in it has no NAPTR and no SRV records.
 */
export function systemLookup(settings: LookupSettings = {}): Lookup {
  const resolver = new NodeResolver({ timeout: settings.tryMs ?? defaultTryMs, tries })
  if (settings.servers) resolver.setServers([...settings.servers])
  const hosts = new HostsFile(settings.hostsPath ?? systemHostsPath)
  const unlessHosted = <R>(name: string, done: Asked<R>, ask: () => void) => {
    void hosts.addresses(name).then((found) => {
      if (found) done({ records: [], ttlMs: hostsTtlMs })
      else ask()
    })
  }
  return {
    addresses: (name, family, done) => {
      void hosts.addresses(name).then((found) => {
        if (!found) return askAddresses(resolver, { name, family, done })
        const records = found.filter((address) => isIP(address) === family)
        done({ records, ttlMs: hostsTtlMs })
      })
    },
    services: (name, done) =>
      unlessHosted(name.replace(servicePrefix, ''), done, () =>
        resolver.resolveSrv(name, taking(done, asIs)),
      ),
    pointers: (name, done) =>
      unlessHosted(name, done, () => resolver.resolveNaptr(name, taking(done, asIs))),
  }
}

interface AddressQuestion {
  readonly name: string
  readonly family: Family
  readonly done: Asked<string>
}

function askAddresses(resolver: NodeResolver, { name, family, done }: AddressQuestion): void {
  const found = taking<{ address: string; ttl: number }, string>(
    (answer) => {
      if (answer?.records.length === 0) askSystem(name, family, done)
      else done(answer)
    },
    ({ address }) => address,
    (records) => Math.min(...records.map(({ ttl }) => ttl)) * 1_000,
  )
  if (family === 4) resolver.resolve4(name, { ttl: true }, found)
  else resolver.resolve6(name, { ttl: true }, found)
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

/** By its search list and its other sources, which the client above does not know. */
function askSystem(name: string, family: Family, done: Asked<string>): void {
  const found = taking<{ address: string }, string>(done, ({ address }) => address)
  hostLookup(name, { family, all: true }, found)
}

function asIs<R>(record: R): R {
  return record
}
