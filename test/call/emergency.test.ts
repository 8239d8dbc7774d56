import { expect, test } from 'vitest'
import type { Grant } from '../../src/domain/decision.ts'
import { useCallStage } from '../support/call-stage.ts'

const stage = useCallStage()

const called: Grant['called'] = { emergency: true, dialled: '911', region: 'US' }

test('an emergency call goes out as dialled, unsigned, though nothing can be signed', async () => {
  await stage.open({
    wrap: (stages) => ({
      ...stages,
      sign: () => Promise.reject(new Error('no key')),
      admit: async (attempt) => {
        const decision = await stages.admit(attempt)
        if (!decision.admitted || decision.grant.direction === 'inbound') return decision
        return { ...decision, grant: { ...decision.grant, called } }
      },
    }),
  })
  const call = stage.newCall()
  call.invite()
  const invite = await stage.bob.request('INVITE')
  expect(invite.message.startLine).toMatch(/^INVITE sip:911@/)
  expect(invite.message.all('identity')).toEqual([])
  expect(invite.message.first('p-asserted-identity')).toContain('sip:+12025550199@')
  stage.bob.respond(invite, 486)
  call.ackFailure(await stage.alice.response(486))
})
