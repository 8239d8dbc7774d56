import type { Carrier } from '../../domain/carrier.ts'
import type { Home } from '../../numbering/canonical-number.ts'

/** How a carrier writes numbers. */
export function writtenBy({ id, inbound }: Carrier): Home {
  if (!inbound) throw new Error(`the carrier ${id} brings no calls`)
  const { homeRegion, dialPlan } = inbound
  return { homeRegion, dialPlan }
}
