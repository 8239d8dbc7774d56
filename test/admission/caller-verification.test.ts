import { expect, test } from 'vitest'
import type { Dossier } from '../../src/admission/check.ts'
import { callerVerification } from '../../src/admission/inbound/checks/caller-verification.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { CallToVerify } from '../../src/domain/verification.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { attemptWith } from './fixture.ts'

const passed = { verstat: 'TN-Validation-Passed', passports: [] } as const
const patience = { clock: new FakeClock(), verificationMaxMs: 3_000 }

function dossierOf(user: string | undefined, policy: Partial<Policy> = {}): Dossier {
  const e164 = user?.startsWith('+') ? user : undefined
  return {
    attempt: attemptWith({ identities: ['one', 'two'], to: '<sip:+14155550100@x>' }),
    nowMs: 0,
    policy: policy as Policy,
    called: { ok: true, number: { e164: '+12025550123', region: 'US', type: 'MOBILE' } },
    outsideCaller: { e164, user, display: undefined, hidden: false },
  }
}

test.each([
  ['+13125550188', { tn: '+13125550188' }],
  ['4711', { tn: '4711' }],
  ['reception', undefined],
  [undefined, undefined],
])(
  'of a caller %s the service is asked for %j, and of the Request-URI alone whom it calls',
  async (user, orig) => {
    const asked: CallToVerify[] = []
    const verifier = {
      verify: async (call: CallToVerify) => {
        asked.push(call)
        return passed
      },
    }
    const dossier = dossierOf(user)
    expect(await callerVerification(verifier, patience).run(dossier)).toMatchObject({
      passed: true,
    })
    expect(asked).toMatchObject([
      { orig, dest: [{ tn: '+12025550123' }], identityHeaders: ['one', 'two'] },
    ])
    expect(dossier).toMatchObject({ verification: passed, isMarked: true })
  },
)

test('what is not found in time has failed', async () => {
  const clock = new FakeClock()
  const verifier = { verify: () => new Promise<never>(() => undefined) }
  const check = callerVerification(verifier, { clock, verificationMaxMs: 3_000 })
  const refusing = { verification: { unsigned: 'pass', failed: 'refuse' } } as const
  const outcome = check.run(dossierOf('+13125550188', refusing))
  await clock.advance(3_000)
  expect(await outcome).toMatchObject({ passed: false, reason: 'identity_info_bad' })
})
