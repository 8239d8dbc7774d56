import { describe, expect, test } from 'vitest'
import type { Verification } from '../../src/domain/verification.ts'
import { judgeVerification } from '../../src/domain/verification-policy.ts'

const passed: Verification = { verstat: 'TN-Validation-Passed', attestation: 'A', passports: [] }
const failed: Verification = {
  verstat: 'TN-Validation-Failed',
  passports: [],
  failure: { status: 436, phrase: 'Bad Identity Info', fault: 'fetch_failed' },
}
const unsigned: Verification = {
  verstat: 'No-TN-Validation',
  passports: [],
  failure: { status: 428, phrase: 'Use Identity Header', fault: 'identity_missing' },
}

describe('what a policy makes of a verification', () => {
  test.each([
    [
      'a verified caller is marked whatever the policy',
      passed,
      'refuse',
      { refuse: false, mark: true },
    ],
    ['an unsigned call may pass unmarked', unsigned, 'pass', { refuse: false, mark: false }],
    ['an unsigned call may be marked', unsigned, 'mark', { refuse: false, mark: true }],
    [
      'an unsigned call may be refused with 428',
      unsigned,
      'refuse',
      { refuse: true, status: 428, phrase: 'Use Identity Header' },
    ],
    ['a false one may pass unmarked', failed, 'pass', { refuse: false, mark: false }],
    ['a false one may be marked', failed, 'mark', { refuse: false, mark: true }],
    [
      'a false one may be refused with its own status',
      failed,
      'refuse',
      { refuse: true, status: 436, phrase: 'Bad Identity Info' },
    ],
  ] as const)('%s', (_name, verification, conduct, verdict) => {
    const policy = { unsigned: conduct, failed: conduct }
    expect(judgeVerification(verification, policy)).toEqual(verdict)
  })

  test('without a policy everybody is told and nobody refused', () => {
    for (const found of [passed, failed, unsigned]) {
      expect(judgeVerification(found)).toEqual({ refuse: false, mark: true })
    }
  })
})
