import type { OutsideCaller } from '../../../domain/outside-caller.ts'
import type { StirStatus } from '../../../domain/passport-faults.ts'
import type { Reason } from '../../../domain/refusals.ts'
import { stirReasons } from '../../../domain/stir-reasons.ts'
import type {
  CallToVerify,
  PassportParty,
  Verification,
  VerificationService,
} from '../../../domain/verification.ts'
import { judgeVerification } from '../../../domain/verification-policy.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { calledBy } from '../../called.ts'
import { type Check, type Dossier, type Figures, found, pass, stop } from '../../check.ts'

const reasons = {
  403: 'identity_stale',
  428: 'identity_required',
  436: 'identity_info_bad',
  437: 'identity_credential_unsupported',
  438: 'identity_invalid',
} as const satisfies Record<StirStatus, Reason>

/** Undecided counts as failed. */
const late: Verification = {
  verstat: 'TN-Validation-Failed',
  passports: [],
  failure: { status: 436, phrase: 'Bad Identity Info', fault: 'service_busy' },
}

/** How long a call waits for what is found about its caller. */
export interface VerificationPatience {
  readonly clock: Clock
  readonly verificationMaxMs: number
}

/** Who calls is who they say, or the trunk's policy takes them all the same. RFC 8224 6.2. */
export function callerVerification(
  verifier: VerificationService,
  { clock, verificationMaxMs }: VerificationPatience,
): Check {
  /** The finding, or that nothing was found in time. */
  async function inTime(ask: () => Promise<Verification>): Promise<Verification> {
    const { promise, resolve } = Promise.withResolvers<Verification>()
    const timer = clock.after(verificationMaxMs, () => resolve(late))
    try {
      return await Promise.race([ask(), promise])
    } finally {
      timer.cancel()
    }
  }

  return {
    name: 'verification',
    run: async (dossier) => {
      const verification = await inTime(() => verifier.verify(questionOf(dossier)))
      const policy = found(dossier.policy, 'the policy').verification
      const verdict = judgeVerification(verification, policy)
      dossier.verification = verification
      const figures = figuresOf(verification, dossier)
      if (verdict.refuse) {
        const detail = verification.failure?.fault
        return stop(reasons[verdict.status], figures, { detail, stir: stirReasons(verification) })
      }
      dossier.isMarked = verdict.mark
      return pass({ ...figures, marked: verdict.mark })
    },
  }
}

/**
 * Whom the call is for is said by the Request-URI alone. To is the caller's word: with it somebody
 * could bring a PASSporT to one callee that was signed for another.
 */
function questionOf(dossier: Dossier): CallToVerify {
  const { attempt } = dossier
  return {
    sipCallId: attempt.sipCallId,
    identityHeaders: attempt.identities,
    orig: partyOf(found(dossier.outsideCaller, 'the caller')),
    dest: [{ tn: calledBy(dossier).e164 }],
    dateHeader: attempt.date,
    receivedAtMs: attempt.receivedAtMs,
  }
}

/** RFC 8224 8.3: a number of no plan that we know is compared digit by digit. */
function partyOf({ e164, user }: OutsideCaller): PassportParty | undefined {
  if (e164 !== undefined) return { tn: e164 }
  return user !== undefined && /^\d+$/.test(user) ? { tn: user } : undefined
}

function figuresOf(verification: Verification, { attempt }: Dossier): Figures {
  const { verstat, attestation, origId, certificate, failure, divertedFrom } = verification
  return {
    verstat,
    identities: attempt.identities.length,
    ...(failure && { fault: failure.fault }),
    ...(attestation && { attestation }),
    ...(origId && { origId }),
    ...(divertedFrom && { diversions: divertedFrom.length }),
    ...(certificate && { spcs: certificate.spcs.join(), serial: certificate.serial }),
  }
}
