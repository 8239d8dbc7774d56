import type { TenantId } from '../../domain/tenant.ts'
import { canonicalNumber, isEmergency } from '../../numbering/canonical-number.ts'
import { UsageError } from '../command.ts'
import type { Office } from '../keys/office.ts'

/** The canonical form of a number in E.164; throws `UsageError` where it is none. */
export function numberGiven(text: string): string {
  const result = /^\+\d/.test(text)
    ? canonicalNumber(`tel:${text}`, { homeRegion: '001' })
    : undefined
  if (result?.ok && !isEmergency(result.number)) return result.number.e164
  throw new UsageError(`${JSON.stringify(text)} is not a number in E.164 such as +12025550123`)
}

/** The tenant of that id in the settings; throws `UsageError` where there is none. */
export function tenantGiven(id: string | undefined, { settings }: Office): TenantId {
  const { tenants } = settings.directory
  const tenant = tenants.find((one) => one.id === id)
  if (tenant) return tenant.id
  throw new UsageError(`--tenant must be one of ${tenants.map((one) => one.id).join(', ')}`)
}

/** Text that has to be there. */
export function textGiven(option: string, text: string | undefined): string {
  if (text === undefined || text === '') throw new UsageError(`--${option} is needed`)
  return text
}
