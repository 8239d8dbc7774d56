import type { TakeRequest } from '../../store/port.ts'
import type { StorePatience } from '../ask-store.ts'
import { type Taker, takeAsked } from '../asked-permission.ts'
import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'
import { figuresOf, limitOf, reasonOf } from '../claim-words.ts'
import { claimsOf } from '../claims.ts'
import { createPeriods } from '../periods.ts'

interface TakeSettings extends StorePatience {
  readonly leaseMs: number
  /** For how long a call's money is reserved at a time, seconds. */
  readonly budgetSliceS: number
}

/** Takes rates, slots, counts and money of the key and of its tenant in one step: all or nothing. */
export function takeLimits(limiter: Taker, settings: TakeSettings): Check {
  const periodsOf = createPeriods()

  return {
    name: 'limits',
    run: async (dossier) => {
      const { attempt, nowMs } = dossier
      const tenant = found(dossier.tenant, 'the tenant')
      const terms = {
        periods: periodsOf(nowMs, tenant.timeZone),
        e164: calledBy(dossier).e164,
        rate: dossier.rate,
        sliceMs: settings.budgetSliceS * 1000,
      }
      // A test key's call reaches no carrier, so that it costs nothing.
      const isTest = found(dossier.key, 'the key').mode === 'test'
      const claims = claimsOf(dossier, terms).filter(({ kind }) => !(isTest && kind === 'budget'))
      const request: TakeRequest = {
        callId: attempt.id,
        part: 'admission',
        home: { level: 'tenant', id: tenant.id },
        claims,
        leaseMs: settings.leaseMs,
        whenLost: found(dossier.policy, 'the policy').whenStoreLost ?? 'refuse',
      }
      const { settles, outcome } = await takeAsked({ limiter, settings }, request, dossier)
      if ('passed' in outcome) return { ...outcome, settles }
      if (!outcome.taken) {
        const { claim, freesInMs } = outcome
        const limit = limitOf(claim)
        const detail = `${claim.owner.level}_${limit}`
        const heard = { detail, limit: `${claim.owner.level}, ${limit}`, freesInMs }
        return { ...stop(reasonOf(claim), figuresOf(claim), heard), settles }
      }
      dossier.leases = outcome.leases
      return { ...pass({ claims: claims.length }), settles }
    },
  }
}
