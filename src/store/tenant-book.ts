import type { Tenant, TenantId } from '../domain/tenant.ts'
import { byId } from './by-id.ts'
import type { Board, TenantBook } from './port.ts'

/** Where the status of tenants stands that was given to them at run time. */
export const tenantStatusTopic = 'tenant-status'
const topic = tenantStatusTopic

/** A tenant book that can also be asked for one tenant at once. */
export interface OpenTenantBook extends TenantBook {
  find(id: TenantId): Tenant | undefined
  /** Goes by other tenants from now on. */
  redeclare(declared: readonly Tenant[]): void
}

/** Tenants as declared, with the status that was given to them at run time. */
export function openTenantBook(declared: readonly Tenant[], board: Board): OpenTenantBook {
  let tenants = byId('tenant', declared)
  const find = (id: TenantId): Tenant | undefined => {
    const tenant = tenants.get(id)
    const note = tenant && board.get(topic, id)
    if (!tenant || note === undefined || tenant.isHeld) return tenant
    // A note that cannot be read suspends: undecided is refused.
    return { ...tenant, status: note === 'active' ? 'active' : 'suspended' }
  }
  return {
    find,
    redeclare: (next) => {
      tenants = byId('tenant', next)
    },
    setTenantStatus: async (id, status) => {
      if (!tenants.has(id)) return undefined
      await board.post(topic, id, () => status)
      return find(id)
    },
    watchTenants: (onChange) =>
      board.watch(topic, (id) => {
        const tenant = find(id as TenantId)
        if (tenant) onChange(tenant)
      }),
  }
}
