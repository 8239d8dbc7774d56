import type { Rate } from '../../domain/money.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Tenant } from '../../domain/tenant.ts'
import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** What a call to a number (E.164) costs at a moment by somebody's deck; undefined where no rate is known. */
export type RateOf = (
  e164: string,
  nowMs: number,
  by: { readonly rateDeck?: string | undefined },
) => Rate | undefined

/** A minute of the call and its connection cost no more than the policy allows. Where money is limited the price is known. */
export function price(rateOf: RateOf): Check {
  return {
    name: 'price',
    run: (dossier) => {
      const tenant = found(dossier.tenant, 'the tenant')
      const policy = found(dossier.policy, 'the policy')
      const rate = rateOf(calledBy(dossier).e164, dossier.nowMs, tenant)
      // Also where it is in another currency than the policy's: in shadow the tenant pays by it.
      dossier.rate = rate
      const currencies = currenciesOf(tenant, policy)
      if (currencies.some((currency) => currency !== rate?.currency)) {
        const { budget } = tenant.limits
        const level = budget && budget.currency !== rate?.currency ? 'tenant' : undefined
        const figures = { currencies: currencies.join(), priced: rate !== undefined }
        return stop('price_unknown', figures, { level })
      }
      if (!rate) return pass()
      const { currency, perMinuteMicros, connectionFeeMicros } = rate
      const fee = connectionFeeMicros > 0 ? { connectionFeeMicros } : {}
      const figures = { currency, perMinuteMicros, ...fee }
      const max = policy.priceMax?.perMinuteMicros
      if (max === undefined || perMinuteMicros + connectionFeeMicros <= max) return pass(figures)
      return stop('price_exceeded', { ...figures, perMinuteMicrosMax: max })
    },
  }
}

/** The currencies in which the call's price must be known. */
function currenciesOf(tenant: Tenant, policy: Policy): string[] {
  const limited = [policy.priceMax, policy.limits.budget, tenant.limits.budget]
  return limited.flatMap((money) => money?.currency ?? [])
}
