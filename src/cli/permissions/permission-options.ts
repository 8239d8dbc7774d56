import type { TenantId } from '../../domain/tenant.ts'
import { UsageError } from '../command.ts'
import type { Office } from '../keys/office.ts'

/** The tenant of that id in the settings; throws `UsageError` where there is none. */
export function tenantGiven(id: string | undefined, { settings }: Office): TenantId {
  const { tenants } = settings.directory
  const tenant = tenants.find((one) => one.id === id)
  if (tenant) return tenant.id
  throw new UsageError(`--tenant must be one of ${tenants.map((one) => one.id).join(', ')}`)
}
