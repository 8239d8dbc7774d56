import type { Carrier } from '../domain/carrier.ts'
import type { Key } from '../domain/key.ts'
import type { Policy } from '../domain/policy.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Trunk } from '../domain/trunk.ts'
import { byId } from './by-id.ts'
import type { OpenKeyBook } from './key-book.ts'
import { ownersOf } from './number-owners.ts'
import type { Directory } from './port.ts'
import type { OpenTenantBook } from './tenant-book.ts'
import { trunkFor } from './trunk-choice.ts'

/** Everyone the gate knows, as the configuration lists them. */
export interface DirectoryEntries {
  readonly tenants: readonly Tenant[]
  readonly keys: readonly Key[]
  readonly policies: readonly Policy[]
  readonly carriers: readonly Carrier[]
  /** Undefined: none. */
  readonly trunks?: readonly Trunk[] | undefined
}

/** Entries to go by from now on; without keys those stay. */
export type Redeclared = Omit<DirectoryEntries, 'keys'> & Partial<Pick<DirectoryEntries, 'keys'>>

/** What of it may change at run time. */
export interface Books {
  readonly keys: OpenKeyBook
  readonly tenants: OpenTenantBook
}

/** A directory that can be told of other entries. */
export interface OpenDirectory extends Directory {
  /** Goes by these from now on; where keys are left out, by those that it had. */
  redeclare(entries: Redeclared): void
}

/** A directory that answers from memory alone. Two entries of one id are a failure, not a choice. */
export function createDirectory(
  declared: DirectoryEntries,
  { keys, tenants }: Books,
): OpenDirectory {
  let now = tablesOf(declared)
  return {
    findKey: async (id) => keys.find(id),
    findTenant: async (id) => tenants.find(id),
    findPolicy: async (id) => now.policies.get(id),
    carriers: async () => now.carriers,
    findOwner: async (e164) => {
      const id = now.ownerOf(e164)
      return id && tenants.find(id)
    },
    trunk: async (id) => now.trunksById.get(id),
    findTrunk: async (tenantId, e164) => trunkFor(now.trunks, tenantId, e164),
    redeclare: (entries) => {
      const next = tablesOf(entries)
      tenants.redeclare(entries.tenants)
      if (entries.keys) keys.redeclare(entries.keys)
      now = next
    },
  }
}

function tablesOf(entries: Redeclared) {
  const trunksById = byId('trunk', entries.trunks ?? [])
  return {
    policies: byId('policy', entries.policies),
    carriers: entries.carriers,
    ownerOf: ownersOf(entries.tenants),
    trunksById,
    trunks: [...trunksById.values()],
  }
}
