import type { VerificationService } from '../domain/verification.ts'

/** Takes nobody's word for who calls: every caller is unverified. */
export const noVerification: VerificationService = {
  verify: async () => ({
    verstat: 'No-TN-Validation',
    passports: [],
    failure: { status: 428, phrase: 'Use Identity Header', fault: 'not_verified' },
  }),
}
