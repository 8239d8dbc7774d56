import type { NumberRange, Tenant, TenantId } from '../domain/tenant.ts'

interface OwnedRange extends NumberRange {
  readonly owner: TenantId
}

/**
 * Whose a number is (E.164 with `+`), found without looking at every tenant. A number has one owner:
 * ranges lie beside one another and hold no other tenant's number.
 */
export function ownersOf(tenants: readonly Tenant[]): (e164: string) => TenantId | undefined {
  const numbers = new Map<string, TenantId>()
  const ranges = new Map<number, OwnedRange[]>()
  for (const { id, numbers: own, ranges: ownRanges } of tenants) {
    for (const number of own) numbers.set(number, id)
    for (const range of ownRanges) {
      const { length } = range.from
      const alike = ranges.get(length) ?? []
      alike.push({ ...range, owner: id })
      ranges.set(length, alike)
    }
  }
  // Of one length, numbers are in the order of their digits.
  for (const alike of ranges.values()) alike.sort((one, other) => (one.from < other.from ? -1 : 1))
  return (e164) => {
    const range = lastFrom(ranges.get(e164.length) ?? [], e164)
    return numbers.get(e164) ?? (range && e164 <= range.to ? range.owner : undefined)
  }
}

/** The last range that begins at the number or before it. */
function lastFrom(ranges: readonly OwnedRange[], e164: string): OwnedRange | undefined {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]
    if (range && range.from <= e164) low = middle + 1
    else high = middle
  }
  return ranges[low - 1]
}
