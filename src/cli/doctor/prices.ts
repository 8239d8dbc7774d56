import type { Settings } from '../../config/load.ts'
import { type Finding, ill } from './finding.ts'

/** Declared keys none of whose calls can pass: their policy limits money, and their tenant knows no price. */
export function lookAtPrices({ directory }: Settings): readonly Finding[] {
  const { tenants, policies, keys } = directory
  const unpriced = new Set(tenants.filter((one) => one.rateDeck === undefined).map(({ id }) => id))
  const limiting = policies.filter(({ enforcement, priceMax, limits }) => {
    return enforcement === 'enforce' && (priceMax ?? limits.budget) !== undefined
  })
  const priced = new Set(limiting.map(({ id }) => id))
  return keys
    .filter((key) => unpriced.has(key.tenantId) && priced.has(key.policyId))
    .map(({ id, tenantId, policyId }) => {
      const found = `every call of the key ${id} is refused (price_unknown): the policy ${policyId} limits money`
      const remedy = `Give the tenant ${tenantId} a rateDeck, or the key another policy.`
      return ill('prices', 'warning', { found, remedy })
    })
}
