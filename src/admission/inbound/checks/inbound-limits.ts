import type { Limiter, TakeRequest } from '../../../store/port.ts'
import { takeAsked } from '../../asked-permission.ts'
import { type Check, found, pass } from '../../check.ts'
import { limitReached, refusedOrBesides, type TakeSettings } from '../../checks/take-limits.ts'
import { inboundClaims } from '../../claims.ts'
import { createPeriods } from '../../periods.ts'

/** Takes rates, slots and counts of the trunk and a slot of its tenant in one step: all or nothing. */
export function inboundLimits(limiter: Pick<Limiter, 'take'>, settings: TakeSettings): Check {
  const periodsOf = createPeriods()
  return {
    name: 'limits',
    run: async (dossier) => {
      const { attempt, nowMs } = dossier
      const tenant = found(dossier.tenant, 'the tenant')
      const policy = found(dossier.policy, 'the policy')
      const trunk = found(dossier.trunk, 'the trunk')
      const periods = periodsOf(nowMs, tenant.timeZone)
      const request: TakeRequest = {
        callId: attempt.id,
        part: 'admission',
        home: { level: 'tenant', id: tenant.id },
        claims: inboundClaims({ trunk, tenant, policy, periods }),
        leaseMs: settings.leaseMs,
        whenLost: policy.whenStoreLost ?? 'refuse',
      }
      const { outcome } = await takeAsked({ limiter, settings }, request, dossier)
      if ('passed' in outcome) return outcome
      if (!outcome.taken) {
        const taking = { limiter, settings, refusing: limitReached, unmet: outcome }
        return await refusedOrBesides(taking, request, dossier)
      }
      dossier.leases = outcome.leases
      return pass({ claims: request.claims.length })
    },
  }
}
