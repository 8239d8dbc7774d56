import { expect, test } from 'vitest'
import type { Stages } from '../../src/call/stages.ts'
import { drachtioBinary, eventually } from '../support/call-gate.ts'
import { useCallStage } from '../support/call-stage.ts'
import { sdp } from '../support/udp-ua.ts'

const stage = useCallStage()

test('CANCEL while ringing cancels the callee with its reason', async () => {
  await stage.open()
  const { call, invite } = await stage.ring()
  call.cancel(['Reason: SIP;cause=200;text="Call completed elsewhere"'])
  call.ackFailure(await stage.alice.response(487))
  const cancel = await stage.bob.request('CANCEL')
  expect(cancel.message.first('reason')).toContain('completed elsewhere')
  stage.bob.respond(cancel, 200)
  stage.bob.respond(invite, 487)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'cancelled', status: 487 })
  expect(stage.carol.history).toEqual([])
})

test('CANCEL before the callee has said anything reaches it as soon as it does', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite()
  const invite = await stage.bob.request('INVITE')
  call.cancel()
  call.ackFailure(await stage.alice.response(487))
  await eventually('the call has ended', () => stage.ended !== undefined)
  expect(stage.gate.leases.size).toBe(0)
  stage.bob.respond(invite, 180)
  stage.bob.respond(await stage.bob.request('CANCEL'), 200)
  stage.bob.respond(invite, 487)
  await stage.bob.request('ACK')
})

test.each(['admit', 'sign', 'carriers'] as const)(
  'CANCEL during %s: nothing is dialled and no lease remains',
  async (held) => {
    const reached = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const hold = (name: string) => {
      if (name !== held) return Promise.resolve()
      reached.resolve()
      return release.promise
    }
    await stage.open({ wrap: (stages) => holding(stages, hold) })
    const call = stage.newCall()
    call.invite()
    await reached.promise
    call.cancel()
    call.ackFailure(await stage.alice.response(487))
    await eventually('the gate knows', () => stage.gate.connection.counts.invites === 0)
    release.resolve()
    await stage.gate.quiet()
    expect(stage.story).toEqual(['call.decided', 'call.ended'])
    expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'cancelled', status: 487 })
    expect(stage.bob.history).toEqual([])
  },
)

/** Stages that wait before they do their work. */
function holding(stages: Stages, hold: (name: string) => Promise<void>): Stages {
  return {
    ...stages,
    admit: (attempt) => hold('admit').then(() => stages.admit(attempt)),
    sign: (request) => hold('sign').then(() => stages.sign(request)),
    carriers: () => hold('carriers').then(() => stages.carriers()),
  }
}

test('CANCEL in the same breath as the INVITE: nothing is left', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite()
  call.cancel()
  call.ackFailure(await stage.alice.response(487))
  await eventually('the call has ended', () => stage.ended !== undefined)
  expect(stage.gate.leases.size).toBe(0)
  const { dials } = stage.gate.connection.counts
  if (dials > 0) stage.bob.respond(await stage.bob.request('INVITE'), 487)
})

test('CANCEL during failover reaches the second gateway alone', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite()
  stage.bob.respond(await stage.bob.request('INVITE'), 503)
  const invite = await stage.carol.request('INVITE')
  stage.carol.respond(invite, 180)
  await stage.alice.response(180)
  call.cancel()
  call.ackFailure(await stage.alice.response(487))
  stage.carol.respond(await stage.carol.request('CANCEL'), 200)
  stage.carol.respond(invite, 487)
  await stage.gate.quiet()
  expect(stage.bob.history.some((got) => got.method === 'CANCEL')).toBe(false)
})

// drachtio-server cannot cancel a re-INVITE.
test.skipIf(drachtioBinary)('CANCEL of a re-INVITE is passed on and the call goes on', async () => {
  await stage.open()
  const { call } = await stage.establish()
  call.request('INVITE', { body: sdp })
  const again = await stage.bob.request('INVITE')
  stage.bob.respond(again, 100)
  call.cancel()
  call.ackFailure(await stage.alice.response(487))
  stage.bob.respond(await stage.bob.request('CANCEL'), 200)
  stage.bob.respond(again, 487)
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test('a 200 that crosses the CANCEL is acknowledged and ended', async () => {
  await stage.open()
  const { call, invite } = await stage.ring()
  call.cancel()
  call.ackFailure(await stage.alice.response(487))
  await stage.bob.request('CANCEL')
  stage.bob.respond(invite, 200, { body: sdp })
  await stage.bob.request('ACK')
  stage.bob.respond(await stage.bob.request('BYE'), 200)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ cause: 'cancelled' })
})

// drachtio-server itself finds the INVITE of an early CANCEL by Call-ID alone.
test.skipIf(drachtioBinary)('CANCEL of one of two calls with the same Call-ID', async () => {
  await stage.open()
  const { call: first, invite: toBob } = await stage.ring()
  const { call: second, invite: other } = await stage.ring(first.callId)
  first.cancel()
  first.ackFailure(await stage.alice.response(487))
  const cancel = await stage.bob.request('CANCEL')
  expect(cancel.message.first('call-id')).toBe(toBob.message.first('call-id'))
  stage.bob.respond(cancel, 200)
  stage.bob.respond(toBob, 487)
  stage.bob.respond(other, 200, { body: sdp })
  second.ack(await stage.alice.response(200))
  await stage.hangUp(second)
})
