import type { DigestAuth } from '../../keys/digest.ts'
import type { Claim, TakeRequest, Unmet, UseClaim } from '../../store/port.ts'
import type { StorePatience } from '../ask-store.ts'
import { type Taker, takeAsked } from '../asked-permission.ts'
import { calledBy } from '../called.ts'
import { type Check, type Dossier, found, pass, type Stopped, stop } from '../check.ts'
import { figuresOf, limitNameOf, limitOf, reasonOf } from '../claim-words.ts'
import { claimsOf } from '../claims.ts'
import { createPeriods } from '../periods.ts'

/** How limits are taken. */
export interface TakeSettings extends StorePatience {
  readonly leaseMs: number
  /** For how long a call's money is reserved at a time, seconds. */
  readonly budgetSliceS: number
}

/**
 * Takes the uses of the call's credential, rates, slots, counts and money of the key and of its tenant in
 * one step: all or nothing.
 */
export function takeLimits(
  limiter: Taker,
  settings: TakeSettings,
  digest: DigestAuth | undefined,
): Check {
  const periodsOf = createPeriods()

  function requestFor(dossier: Dossier): TakeRequest {
    const tenant = found(dossier.tenant, 'the tenant')
    const terms = {
      periods: periodsOf(dossier.nowMs, tenant.timeZone),
      e164: calledBy(dossier).e164,
      rate: dossier.rate,
      sliceMs: settings.budgetSliceS * 1000,
    }
    // A test key's call reaches no carrier, so that it costs nothing.
    const isTest = found(dossier.key, 'the key').mode === 'test'
    const claims = claimsOf(dossier, terms)
    return {
      callId: dossier.attempt.id,
      part: 'admission',
      home: { level: 'tenant', id: tenant.id },
      claims: isTest ? claims.filter(({ kind }) => kind !== 'budget') : claims,
      leaseMs: settings.leaseMs,
      whenLost: found(dossier.policy, 'the policy').whenStoreLost ?? 'refuse',
    }
  }

  function refusing({ claim, freesInMs }: Unmet): Stopped {
    return claim.kind === 'use' ? refusingUse(claim, digest) : limitReached({ claim, freesInMs })
  }

  return {
    name: 'limits',
    run: async (dossier) => {
      const request = requestFor(dossier)
      const { settles, outcome } = await takeAsked({ limiter, settings }, request, dossier)
      if ('passed' in outcome) return { ...outcome, settles }
      if (!outcome.taken) {
        const taking = { limiter, settings, refusing, unmet: outcome }
        return { ...(await refusedOrBesides(taking, request, dossier)), settles }
      }
      dossier.leases = outcome.leases
      return { ...pass({ claims: request.claims.length }), settles }
    },
  }
}

/** A limit without room, how a call is refused for it, and with what the rest is taken. */
export interface TakingBesides {
  readonly limiter: Taker
  readonly settings: StorePatience
  readonly refusing: (unmet: Unmet) => Stopped
  readonly unmet: Unmet
}

/**
 * How a call is refused for a limit without room. In shadow one of the policy lets it pass all the same, and
 * what is not the policy's is taken: the use of its credential, what the tenant has left and what the law counts.
 */
export async function refusedOrBesides(
  { limiter, settings, refusing, unmet }: TakingBesides,
  request: TakeRequest,
  dossier: Dossier,
): Promise<Stopped> {
  const refusal = refusing(unmet)
  const claims = request.claims.filter((claim) => !isOfPolicy(claim))
  const isShadowed = dossier.policy?.enforcement === 'shadow' && isOfPolicy(unmet.claim)
  if (!isShadowed || claims.length === 0) return refusal
  const { outcome } = await takeAsked({ limiter, settings }, { ...request, claims }, dossier)
  if ('passed' in outcome) return outcome
  if (!outcome.taken) return refusing(outcome)
  dossier.leases = outcome.leases
  return refusal
}

/** A limit has no room for the call. */
export function limitReached({ claim, freesInMs }: Pick<Unmet, 'claim' | 'freesInMs'>): Stopped {
  const { level } = claim.owner
  const detail = `${level}_${limitOf(claim)}`
  const heard = { detail, limit: limitNameOf(claim), level, freesInMs }
  return stop(reasonOf(claim), figuresOf(claim), heard)
}

/** The outcome of a trial is not known before its calls have ended. */
const trialPatienceMs = 60_000

function refusingUse(claim: UseClaim, digest: DigestAuth | undefined): Stopped {
  const [reason, figures] = [reasonOf(claim), figuresOf(claim)]
  const { level } = claim.owner
  switch (claim.what) {
    case 'token':
      return stop(reason, figures, { detail: 'token_used_up' })
    case 'nonce':
      return stop(reason, figures, {
        detail: 'nonce_replayed',
        challenges: digest?.challenges(true),
      })
    case 'probe':
      return stop(reason, figures, {
        detail: `${level}_half_open`,
        limit: level,
        level,
        freesInMs: trialPatienceMs,
      })
  }
}

/** Whether a policy in shadow lets pass who has no room there: neither the tenant's nor of the credential. */
function isOfPolicy(claim: Claim): boolean {
  const isOfCredential = claim.kind === 'use' && claim.what !== 'probe'
  return claim.owner.level !== 'tenant' && !isOfCredential
}
