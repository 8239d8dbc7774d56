import type { NumberRange, Tenant } from '../domain/tenant.ts'

/** Look-up tables live as long as the list they were made from. */
const tables = new WeakMap<readonly string[], ReadonlySet<string>>()

/** A right to a number, and where it comes from, where that is told. */
export interface NumberRight {
  readonly right?: string
}

/** By what right the tenant may present this number (E.164 with `+`); undefined: by none. */
export function rightTo(tenant: Tenant, e164: string): NumberRight | undefined {
  if (tableOf(tenant.numbers).has(e164)) return numberRight(tenant.numberRights?.[e164])
  const range = tenant.ranges.find((one) => holds(one, e164))
  return range && numberRight(range.right)
}

function numberRight(right: string | undefined): NumberRight {
  return right === undefined ? {} : { right }
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
