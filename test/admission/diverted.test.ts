import { expect, test } from 'vitest'
import type { CallAttempt } from '../../src/domain/attempt.ts'
import type { CallToVerify, Verstat } from '../../src/domain/verification.ts'
import { openWorld, type World } from './fixture.ts'

/** What a world's verifier was asked, and what it answers. */
function verifierOf(verstat: Verstat = 'TN-Validation-Passed') {
  const asked: CallToVerify[] = []
  const verifier: World['verifier'] = {
    verify: async (call) => {
      asked.push(call)
      return { verstat, passports: [] }
    },
  }
  return { asked, verifier }
}

const policy = { divertedCalls: 'verified', foreignCallerId: 'refuse' } as const

/** A call of somebody else's that came to the tenant's number and is passed on. */
const passedOn: Partial<CallAttempt> = {
  from: '<sip:+16465550100@pbx.example>;tag=1',
  diversions: ['<sip:+12025550123@pbx.example>;reason=no-answer'],
  identities: ['a.b.c;info=<https://other.example/c.pem>;alg=ES256;ppt=shaken'],
  date: 'Mon, 05 Jan 2026 12:00:00 GMT',
}

test('a call that is found true keeps its caller and what it came with', async () => {
  const { asked, verifier } = verifierOf()
  await using world = await openWorld({ policy, verifier })
  expect(await world.call(passedOn)).toMatchObject({
    admitted: true,
    grant: {
      caller: { e164: '+16465550100' },
      callerOwned: false,
      attestation: 'B',
      attestationReason: 'diverted',
      diverted: { numbers: ['+12025550123'], identities: passedOn.identities },
    },
    trace: expect.arrayContaining([
      expect.objectContaining({
        check: 'caller_id',
        figures: expect.objectContaining({ divertedFrom: '+12025550123' }),
      }),
    ]),
  })
  expect(asked).toMatchObject([
    {
      orig: { tn: '+16465550100' },
      dest: [{ tn: '+12025550123' }],
      identityHeaders: passedOn.identities,
      dateHeader: passedOn.date,
    },
  ])
})

test('it is asked for the first number that was called, and all of them are vouched for', async () => {
  const { asked, verifier } = verifierOf()
  await using world = await openWorld({ policy, verifier })
  const diversions = ['<sip:+14155550150@x>;reason=unconditional', '<tel:+12025550123>']
  expect(await world.call({ ...passedOn, diversions })).toMatchObject({
    grant: { diverted: { numbers: ['+12025550123', '+14155550150'] } },
  })
  expect(asked[0]?.dest).toEqual([{ tn: '+12025550123' }])
})

test.each([
  ['the policy ignores diversions', { policy: { foreignCallerId: 'refuse' } }, {}],
  ['it came with no Identity', {}, { identities: [] }],
  ['it came with too many', {}, { identities: Array(9).fill('a.b.c') }],
  ['an Identity has what no line may', {}, { identities: ['a.b.c\u0000'] }],
  ['it was diverted by nobody', {}, { diversions: [] }],
  ['the number that diverted it is not the tenant’s', {}, { diversions: ['<tel:+16465550101>'] }],
  ['one of several is not', {}, { diversions: ['<tel:+12025550123>', '<tel:+16465550101>'] }],
  ['what diverted it is no number', {}, { diversions: ['<sip:alice@pbx.example>'] }],
  ['it comes to where it was', {}, { requestUri: 'sip:+12025550123@gate.example' }],
] as const)('where %s nobody is asked, and it is a foreign caller', async (_, world, attempt) => {
  const { asked, verifier } = verifierOf()
  await using opened = await openWorld({ policy, verifier, ...world } as World)
  expect(await opened.call({ ...passedOn, ...attempt })).toMatchObject({
    admitted: false,
    reason: 'caller_id_not_allowed',
  })
  expect(asked).toEqual([])
})

test.each(['TN-Validation-Failed', 'No-TN-Validation'] as const)(
  'a call of which %s is found is a foreign caller',
  async (verstat) => {
    const { asked, verifier } = verifierOf(verstat)
    await using world = await openWorld({ policy, verifier })
    expect(await world.call(passedOn)).toMatchObject({ reason: 'caller_id_not_allowed' })
    expect(asked).toHaveLength(1)
  },
)

test('a caller with a number of the tenant’s has not been diverted', async () => {
  const { asked, verifier } = verifierOf()
  await using world = await openWorld({ policy, verifier })
  const own = { ...passedOn, from: '<sip:+12025550124@x>;tag=1' }
  expect(await world.call(own)).toMatchObject({ grant: { attestation: 'A', diverted: undefined } })
  expect(asked).toEqual([])
})
