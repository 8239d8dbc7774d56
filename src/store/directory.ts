import type { Carrier } from '../domain/carrier.ts'
import type { Key } from '../domain/key.ts'
import type { Policy } from '../domain/policy.ts'
import type { Tenant } from '../domain/tenant.ts'
import { byId } from './by-id.ts'
import type { OpenKeyBook } from './key-book.ts'
import type { Directory } from './port.ts'
import type { OpenTenantBook } from './tenant-book.ts'

/** Everyone the gate knows, as the configuration lists them. */
export interface DirectoryEntries {
  readonly tenants: readonly Tenant[]
  readonly keys: readonly Key[]
  readonly policies: readonly Policy[]
  readonly carriers: readonly Carrier[]
}

/** What of it may change at run time. */
export interface Books {
  readonly keys: OpenKeyBook
  readonly tenants: OpenTenantBook
}

/** A directory that answers from memory alone. Two entries of one id are a failure, not a choice. */
export function createDirectory(entries: DirectoryEntries, { keys, tenants }: Books): Directory {
  const policies = byId('policy', entries.policies)
  return {
    findKey: async (id) => keys.find(id),
    findTenant: async (id) => tenants.find(id),
    findPolicy: async (id) => policies.get(id),
    carriers: async () => entries.carriers,
  }
}
