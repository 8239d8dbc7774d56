import { expect, test } from 'vitest'
import type { GatewayId } from '../../src/domain/carrier.ts'
import type { Admitted, InboundGrant } from '../../src/domain/decision.ts'
import type { Verification } from '../../src/domain/verification.ts'
import type { GateOptions } from '../support/call-gate.ts'
import { useCallStage } from '../support/call-stage.ts'
import { sdp } from '../support/udp-ua.ts'

const stage = useCallStage()

/** A gate whose every call comes in for a trunk with two targets, and that has no carrier. */
async function open(grant: Partial<InboundGrant> = {}, options: GateOptions = {}): Promise<void> {
  const targets = [stage.bob, stage.carol].map(({ port }, at) => {
    const id = `target-${at + 1}` as GatewayId
    return { id, host: '127.0.0.1', port, transport: 'udp' } as const
  })
  await stage.open({
    ...options,
    gatewayPorts: [],
    wrap: (stages) => ({
      ...stages,
      sign: () => Promise.reject(new Error('nothing is signed that comes in')),
      carriers: () => Promise.reject(new Error('what comes in goes out to no carrier')),
      admit: async (attempt) => {
        const decision = (await stages.admit(attempt)) as Admitted
        const { tenant, policy, called } = decision.grant
        const trunk = { id: 'trunk', targets, noAnswerTimeoutMs: 5_000, ringTimeoutMs: 30_000 }
        const caller = { e164: '+13125550188', user: '+13125550188', hidden: false }
        const inbound = {
          direction: 'inbound',
          carrierId: 'one',
          tenant,
          policy,
          called,
          trunk,
          caller,
          isMarked: false,
          isEmergencyCallback: false,
          ...grant,
        }
        return { ...decision, grant: inbound as unknown as InboundGrant }
      },
    }),
  })
}

test('a call that comes in goes to the tenant unsigned and is bridged', async () => {
  await open()
  const { call, invite } = await stage.establish()
  expect(invite.message.startLine).toMatch(/^INVITE sip:\+12025550123@127\.0\.0\.1:/)
  expect(invite.message.first('from')).toMatch(/^<sip:\+13125550188@127\.0\.0\.1:\d+>;tag=/)
  expect(invite.message.count('identity')).toBe(0)
  await stage.hangUp(call)
  await stage.gate.quiet()
  expect(stage.gate.events).toMatchObject([
    { type: 'call.decided', direction: 'inbound', carrierId: 'one', trunkId: 'trunk' },
    { type: 'call.dialled', trunkId: 'trunk', gatewayId: 'target-1' },
    { type: 'call.answered', trunkId: 'trunk', gatewayId: 'target-1' },
    { type: 'call.ended', endedBy: 'caller', cause: 'bye' },
  ])
})

test('a target that fails leads to the next one of the trunk', async () => {
  await open()
  const call = stage.newCall()
  call.invite()
  stage.bob.respond(await stage.bob.request('INVITE'), 503)
  const invite = await stage.carol.request('INVITE')
  stage.carol.respond(invite, 200, { body: sdp })
  call.ack(await stage.alice.response(200))
  await stage.carol.request('ACK')
  call.request('BYE')
  stage.carol.respond(await stage.carol.request('BYE'), 200)
  await stage.alice.response(200, 'BYE')
})

test('a trunk whose targets all fail is not connected, and nobody else is called', async () => {
  await open()
  const call = stage.newCall()
  call.invite()
  stage.bob.respond(await stage.bob.request('INVITE'), 500)
  stage.carol.respond(await stage.carol.request('INVITE'), 503)
  const refused = await stage.alice.response(480)
  call.ackFailure(refused)
  expect(refused.message.first('reason')).toBe('SIP;cause=480;text="trunk_unreachable"')
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'trunk_unreachable', status: 480 })
})

test('a busy tenant is busy', async () => {
  await open()
  const call = stage.newCall()
  call.invite()
  stage.bob.respond(await stage.bob.request('INVITE'), 486)
  call.ackFailure(await stage.alice.response(486))
  await stage.gate.quiet()
  expect(stage.carol.history).toEqual([])
})

test('a caller who gives up is heard by the tenant', async () => {
  await open()
  const { call, invite } = await stage.ring()
  call.cancel()
  await stage.alice.response(200, 'CANCEL')
  stage.bob.respond(await stage.bob.request('CANCEL'), 200)
  stage.bob.respond(invite, 487)
  await stage.bob.request('ACK')
  call.ackFailure(await stage.alice.response(487))
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'cancelled' })
})

test("a call to a tenant that is suspended ends, and no other tenant's", async () => {
  await open()
  await stage.establish()
  expect(stage.gate.registry.hangUp('tenant_suspended', { tenantId: 'other' as never })).toBe(0)
  expect(stage.gate.registry.hangUp('key_revoked', { keyId: 'key' as never })).toBe(0)
  expect(stage.gate.registry.hangUp('tenant_suspended', { tenantId: 'tenant' as never })).toBe(1)
  const bye = await stage.bob.request('BYE')
  stage.bob.respond(bye, 200)
  const toCaller = await stage.alice.request('BYE')
  stage.alice.respond(toCaller, 200)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'tenant_suspended' })
})

test('a call back after a call for help goes on whatever becomes of the tenant', async () => {
  await open({ isEmergencyCallback: true })
  const { call } = await stage.establish()
  expect(stage.gate.registry.hangUp('tenant_suspended', { tenantId: 'tenant' as never })).toBe(0)
  await stage.hangUp(call)
})

test('a call whose caller does not hold goes on, and its next response says why', async () => {
  await open({
    verification: {
      verstat: 'TN-Validation-Failed',
      passports: [{ ppt: 'shaken', outcome: 'invalid', fault: 'fetch_failed', ppi: '..abc' }],
    },
  })
  const call = stage.newCall()
  call.invite()
  const invite = await stage.bob.request('INVITE')
  stage.bob.respond(invite, 180)
  const ringing = await stage.alice.response(180)
  expect(ringing.message.first('reason')).toBe(
    'STIR ;cause=436 ;text="Bad Identity Info" ;ppi="..abc"',
  )
  stage.bob.respond(invite, 200, { body: sdp })
  const answered = await stage.alice.response(200)
  expect(answered.message.count('reason')).toBe(0)
  call.ack(answered)
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test("a tenant's own reason stands before those of the caller's proof", async () => {
  const verification: Verification = {
    verstat: 'No-TN-Validation',
    passports: [],
    failure: { status: 428, phrase: 'Use Identity Header', fault: 'identity_missing' },
  }
  await open({ verification })
  const call = stage.newCall()
  call.invite()
  const reason = 'Q.850;cause=17;text="busy"'
  stage.bob.respond(await stage.bob.request('INVITE'), 486, { headers: [`Reason: ${reason}`] })
  const refused = await stage.alice.response(486)
  call.ackFailure(refused)
  expect(refused.message.first('reason')).toBe(
    `${reason}, STIR ;cause=428 ;text="Use Identity Header"`,
  )
})
