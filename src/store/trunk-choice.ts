import type { TenantId } from '../domain/tenant.ts'
import type { Trunk } from '../domain/trunk.ts'

/**
 * The trunk for a tenant's number (E.164 with `+`): the longest of the beginnings that trunks name, else
 * the trunk that names none.
 */
export function trunkFor(
  trunks: readonly Trunk[],
  tenantId: TenantId,
  e164: string,
): Trunk | undefined {
  let best: Trunk | undefined
  let longest = -1
  for (const trunk of trunks) {
    if (trunk.tenantId !== tenantId) continue
    const length = matchedLength(trunk, e164)
    if (length > longest) [best, longest] = [trunk, length]
  }
  return best
}

/** How much of the number a trunk names; 0 where it takes every one, -1 where it does not take this. */
function matchedLength({ numbers }: Trunk, e164: string): number {
  if (numbers.length === 0) return 0
  return Math.max(-1, ...numbers.map((start) => (e164.startsWith(start) ? start.length : -1)))
}
