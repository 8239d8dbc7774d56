import type { NumberRange, Tenant } from '../domain/tenant.ts'

/** Look-up tables live as long as the list they were made from. */
const tables = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Whether the tenant may present this number (E.164 with `+`) as its own. */
export function ownsNumber(tenant: Tenant, e164: string): boolean {
  return tableOf(tenant.numbers).has(e164) || tenant.ranges.some((range) => holds(range, e164))
}

/** A number of the tenant's that can stand for it, where a call must have one. */
export function mainNumber(tenant: Tenant): string | undefined {
  return tenant.numbers[0] ?? tenant.ranges[0]?.from
}

function tableOf(numbers: readonly string[]): ReadonlySet<string> {
  const known = tables.get(numbers)
  if (known) return known
  const table = new Set(numbers)
  tables.set(numbers, table)
  return table
}

/** Of one length, numbers are in the order of their digits. */
function holds({ from, to }: NumberRange, e164: string): boolean {
  const comparable = from.length === e164.length && to.length === e164.length
  return comparable && from <= e164 && e164 <= to
}
