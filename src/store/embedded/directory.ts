import type { Carrier } from '../../domain/carrier.ts'
import type { Key } from '../../domain/key.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Tenant } from '../../domain/tenant.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Directory } from '../port.ts'

/** Everyone the gate knows, as the configuration lists them. */
export interface DirectoryEntries {
  readonly tenants: readonly Tenant[]
  readonly keys: readonly Key[]
  readonly policies: readonly Policy[]
  readonly carriers: readonly Carrier[]
}

/** A directory that answers from memory alone. Two entries of one id are a failure, not a choice. */
export function createEmbeddedDirectory(entries: DirectoryEntries): Directory {
  const tenants = byId('tenant', entries.tenants)
  const keys = byId('key', entries.keys)
  const policies = byId('policy', entries.policies)
  return {
    findKey: async (id) => keys.get(id),
    findTenant: async (id) => tenants.get(id),
    findPolicy: async (id) => policies.get(id),
    carriers: async () => entries.carriers,
  }
}

function byId<Entry extends { readonly id: string }>(what: string, entries: readonly Entry[]) {
  const map = new Map<Entry['id'], Entry>()
  for (const entry of entries) {
    if (map.has(entry.id)) throw new Failure('config_invalid', `two ${what} entries ${entry.id}`)
    map.set(entry.id, entry)
  }
  return map
}
