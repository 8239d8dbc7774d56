import type { Limits } from '../../domain/policy.ts'
import type { Reason } from '../../domain/refusals.ts'
import type { Claim, Limiter, LimitOwner, TakeResult } from '../../store/port.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { type Check, type Dossier, type Figures, found, pass, stop } from '../check.ts'
import { createTenantDays, type TenantDay } from '../tenant-days.ts'

interface TakeSettings extends StorePatience {
  readonly leaseMs: number
}

const reasonOf = {
  rate: 'rate_exceeded',
  concurrency: 'concurrency_exceeded',
  daily: 'daily_limit_exceeded',
} as const satisfies Record<Claim['kind'], Reason>

/** Takes rate, slots and counts of the key and of its tenant in one step: all of it or nothing. */
export function takeLimits(limiter: Limiter, settings: TakeSettings): Check {
  const dayOf = createTenantDays()

  return {
    name: 'limits',
    run: async (dossier) => {
      const { attempt, nowMs } = dossier
      const tenant = found(dossier.tenant, 'the tenant')
      const claims = claimsOf(dossier, dayOf(nowMs, tenant.timeZone))
      const { leaseMs } = settings
      const request = { callId: attempt.id, tenantId: tenant.id, claims, leaseMs }
      const result = await askStore(settings, () => limiter.take(request), giveBack)
      if (!result.taken) {
        const { claim, freesInMs } = result
        const detail = `${claim.owner.level}_${claim.kind}`
        return stop(reasonOf[claim.kind], figuresOf(claim), { detail, freesInMs })
      }
      dossier.leases = result.leases
      return pass({ claims: claims.length })
    },
  }
}

/** A take that succeeded after the call was refused holds for nobody. */
function giveBack(result: TakeResult): void {
  if (!result.taken) return
  // What cannot be given back expires by itself.
  Promise.resolve(result.leases[Symbol.asyncDispose]()).catch(() => undefined)
}

function claimsOf(dossier: Dossier, today: TenantDay): Claim[] {
  const key = found(dossier.key, 'the key')
  const tenant = found(dossier.tenant, 'the tenant')
  const policy = found(dossier.policy, 'the policy')
  return [
    ...claimsFor({ level: 'key', id: key.id }, policy.limits, today),
    ...claimsFor({ level: 'tenant', id: tenant.id }, tenant.limits, today),
  ]
}

function claimsFor(owner: LimitOwner, limits: Limits, today: TenantDay): Claim[] {
  const claims: Claim[] = []
  const { callsPerSecondMax, burst, concurrentMax, callsPerDayMax } = limits
  if (callsPerSecondMax !== undefined) {
    claims.push({ kind: 'rate', owner, perSecondMax: callsPerSecondMax, burst })
  }
  if (concurrentMax !== undefined) {
    claims.push({ kind: 'concurrency', owner, slotsMax: concurrentMax })
  }
  if (callsPerDayMax !== undefined) {
    const { day, endsAtMs: dayEndsAtMs } = today
    claims.push({ kind: 'daily', owner, callsMax: callsPerDayMax, day, dayEndsAtMs })
  }
  return claims
}

function figuresOf(claim: Claim): Figures {
  const { level } = claim.owner
  switch (claim.kind) {
    case 'rate':
      return { level, perSecondMax: claim.perSecondMax, burst: claim.burst }
    case 'concurrency':
      return { level, slotsMax: claim.slotsMax }
    case 'daily':
      return { level, callsMax: claim.callsMax, day: claim.day }
  }
}
