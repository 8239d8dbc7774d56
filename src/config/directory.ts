import type { Carrier, CarrierId, GatewayId } from '../domain/carrier.ts'
import type { Key, KeyId } from '../domain/key.ts'
import { type Limits, noLimits } from '../domain/limits.ts'
import type { ListFiles } from '../domain/list-file.ts'
import type { OperatorKey } from '../domain/operator-key.ts'
import type { Policy, PolicyId } from '../domain/policy.ts'
import { type RefusalCatalogue, refusalsWith } from '../domain/refusals.ts'
import type { NumberRange, Tenant, TenantId } from '../domain/tenant.ts'
import type { Trunk, TrunkId } from '../domain/trunk.ts'
import type { Declared, Placed } from './declarations.ts'
import type { IdentitySource } from './identity-files.ts'

/** A key that is minted at start: everything but its id and secret. `name` is the id in the file. */
export interface FreshKey extends Omit<Key, 'id' | 'secretHash' | 'digest'> {
  readonly name: string
}

/** Everything declared, as domain objects. */
export interface DeclaredDirectory {
  readonly tenants: readonly Tenant[]
  readonly policies: readonly Policy[]
  readonly keys: readonly Key[]
  readonly freshKeys: readonly FreshKey[]
  /** Keys of the operator's own. */
  readonly operators: readonly OperatorKey[]
  readonly carriers: readonly Carrier[]
  readonly trunks: readonly Trunk[]
  readonly lists: ListFiles
  /** What signs the calls of tenants that have a certificate of their own. */
  readonly identities: ReadonlyMap<TenantId, IdentitySource>
  readonly refusals: RefusalCatalogue
}

/** Domain objects from entries that were found good. */
export function directoryFrom(declared: Declared): DeclaredDirectory {
  return {
    tenants: declared.tenants.map(({ entry }) => tenantFrom(entry, declared.numbers)),
    policies: declared.policies.map(({ entry }) => policyFrom(entry)),
    keys: declared.keys.flatMap(({ entry }) => keyFrom(entry)),
    freshKeys: declared.keys.flatMap(({ entry }) => freshKeyFrom(entry)),
    operators: declared.operators.map(({ entry }) => operatorFrom(entry)),
    carriers: declared.carriers.map(({ entry }) => carrierFrom(entry)),
    trunks: declared.trunks.map(({ entry }) => trunkFrom(entry)),
    lists: listsFrom(declared),
    identities: new Map(declared.tenants.flatMap(({ entry }) => identityFrom(entry))),
    refusals: refusalsWith(declared.refusals.map(({ entry }) => entry)),
  }
}

type Entry<Name extends keyof Declared> = Declared[Name][number]['entry']

function tenantFrom(entry: Entry<'tenants'>, numbers: readonly Placed<Entry<'numbers'>>[]): Tenant {
  const own = numbers.filter((row) => row.entry.tenant === entry.id)
  return {
    id: entry.id as TenantId,
    name: entry.name ?? entry.id,
    status: entry.status,
    numbers: own.flatMap((row) => row.entry.number ?? []),
    ranges: own.flatMap((row) => rangeFrom(row.entry)),
    numberRights: Object.fromEntries(own.flatMap((row) => numberRightFrom(row.entry))),
    limits: limitsFrom(entry.limits),
    rateDeck: entry.rateDeck,
    timeZone: entry.timeZone,
    origId: entry.origId,
    rcd: entry.rcd,
    breaker: entry.breaker,
    retention: entry.retention,
    officeHours: entry.officeHours?.map(({ days, from: fromMinute, to: toMinute }) => ({
      days,
      fromMinute,
      toMinute,
    })),
  }
}

function identityFrom({ id, identity }: Entry<'tenants'>): [TenantId, IdentitySource][] {
  return identity ? [[id as TenantId, identity]] : []
}

function rangeFrom({ from, to, right }: Entry<'numbers'>): NumberRange[] {
  return from && to ? [{ from, to, right }] : []
}

function numberRightFrom({ number, right }: Entry<'numbers'>): [string, string][] {
  return number && right ? [[number, right]] : []
}

function policyFrom(entry: Entry<'policies'>): Policy {
  const { dialPlan, limits } = entry
  return { ...entry, id: entry.id as PolicyId, dialPlan, limits: limitsFrom(limits) }
}

function listsFrom({ rateDecks, prefixLists, suppressionLists }: Declared): ListFiles {
  const listFile = ({ id, file: path, badLines }: Entry<'rateDecks'>) => ({ id, path, badLines })
  return {
    rateDecks: rateDecks.map(({ entry }) => listFile(entry)),
    prefixLists: prefixLists.map(({ entry }) => listFile(entry)),
    suppressionLists: suppressionLists.map(({ entry }) => ({
      ...listFile(entry),
      tenantId: entry.tenant as TenantId | undefined,
      classes: entry.classes,
    })),
  }
}

/** What is left out is there as undefined. */
function limitsFrom({ budget, ...entry }: Entry<'tenants'>['limits']): Limits {
  const caps = budget && { perDayMicros: undefined, perMonthMicros: undefined, ...budget }
  return { ...noLimits, ...entry, budget: caps }
}

function keyTerms(entry: Entry<'keys'>) {
  return {
    tenantId: entry.tenant as TenantId,
    policyId: entry.policy as PolicyId,
    mode: entry.mode,
    status: entry.status,
    expiresAtMs: entry.expiresAt,
    allowedSources: entry.allowedSources,
    certificates: entry.certificates,
  }
}

function keyFrom(entry: Entry<'keys'>): Key[] {
  if (entry.secretHash === undefined) return []
  const secretHash = hashFrom(entry.secretHash)
  const digest = entry.digest === undefined ? undefined : Buffer.from(entry.digest, 'base64url')
  return [{ id: entry.id as KeyId, secretHash, digest, ...keyTerms(entry) }]
}

function operatorFrom({ id, secretHash, expiresAt, ...rest }: Entry<'operators'>): OperatorKey {
  return {
    ...rest,
    id: id as KeyId,
    secretHash: hashFrom(secretHash),
    expiresAtMs: expiresAt,
  }
}

function hashFrom(text: string): Buffer {
  return Buffer.from(text.slice('sha256:'.length), 'hex')
}

function freshKeyFrom(entry: Entry<'keys'>): FreshKey[] {
  return entry.generate ? [{ name: entry.id, ...keyTerms(entry) }] : []
}

function carrierFrom(entry: Entry<'carriers'>): Carrier {
  return {
    ...entry,
    id: entry.id as CarrierId,
    limits: entry.limits && limitsFrom(entry.limits),
    gateways: entry.gateways.map((gateway) => ({
      ...gateway,
      id: gateway.id as GatewayId,
      limits: gateway.limits && limitsFrom(gateway.limits),
    })),
  }
}

function trunkFrom(entry: Entry<'trunks'>): Trunk {
  const { id, tenant, policy, numbers, targets, identity, verificationHeaders, ...terms } = entry
  return {
    ...terms,
    id: id as TrunkId,
    tenantId: tenant as TenantId,
    policyId: policy as PolicyId,
    numbers: numbers.map((start) => (start.startsWith('+') ? start : `+${start}`)),
    targets: targets.map((target) => ({ ...target, id: target.id as GatewayId })),
    forwardsIdentity: identity === 'forward',
    tellsInXHeaders: verificationHeaders,
  }
}
