import { type StirStatus, stirPhrases } from './passport-faults.ts'
import type { Verification } from './verification.ts'

/** What becomes of a call whose caller is not verified. */
export const unverifiedConducts = ['pass', 'mark', 'refuse'] as const

/** `pass`: as it is; `mark`: passed on with `verstat`; `refuse`: answered with the STIR status. */
export type UnverifiedConduct = (typeof unverifiedConducts)[number]

/** What a policy makes of what was found about a caller. */
export interface VerificationPolicy {
  /** No Identity header, or none of a known kind. */
  readonly unsigned: UnverifiedConduct
  /** One that does not hold. */
  readonly failed: UnverifiedConduct
}

/** Without a policy's word: nobody is refused, everybody is told. */
export const usualVerification: VerificationPolicy = { unsigned: 'mark', failed: 'mark' }

/** What to do with a call: pass it on marked or unmarked, or answer it. */
export type VerificationVerdict =
  | { readonly refuse: false; readonly mark: boolean }
  | { readonly refuse: true; readonly status: StirStatus; readonly phrase: string }

/** What a policy wants of a call of which this was found. */
export function judgeVerification(
  verification: Verification,
  policy: VerificationPolicy = usualVerification,
): VerificationVerdict {
  const { verstat, failure } = verification
  if (verstat === 'TN-Validation-Passed') return { refuse: false, mark: true }
  const conduct = verstat === 'No-TN-Validation' ? policy.unsigned : policy.failed
  if (conduct !== 'refuse') return { refuse: false, mark: conduct === 'mark' }
  const status = failure?.status ?? 438
  return { refuse: true, status, phrase: stirPhrases[status] }
}
