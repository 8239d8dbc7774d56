import { expect, test } from 'vitest'
import { drachtioBinary, eventually, StillClock } from '../support/call-gate.ts'
import { useCallStage } from '../support/call-stage.ts'
import { sdp, UaAnsweredCall } from '../support/udp-ua.ts'

const stage = useCallStage()

test('a call is relayed with nothing of the caller but its session, and BYE ends both legs', async () => {
  await stage.open()
  const call = stage.newCall()
  const headers = ['X-API-Key: tg_live_secret', 'X-Other: 1', 'Subject: hello', 'Max-Forwards: 12']
  call.invite({ body: sdp, headers: [...headers, 'Supported: timer, replaces'] })
  const invite = await stage.bob.request('INVITE')
  expect(invite.text).not.toMatch(/tg_live|X-Other|hello|replaces|alice/)
  expect(invite.message.startLine).toMatch(/^INVITE sip:\+12025550123@127\.0\.0\.1:\d+/)
  expect(invite.message.first('from')).toMatch(/^<sip:\+12025550199@127\.0\.0\.1/)
  expect(invite.message.first('p-asserted-identity')).toMatch(/^<sip:\+12025550199@127\.0\.0\.1/)
  expect(invite.message.first('max-forwards')).toBe('11')
  expect(invite.message.first('supported')).toBe('timer')
  expect(invite.message.all('identity')).toHaveLength(1)
  expect(invite.message.body).toBe(sdp)
  stage.bob.respond(invite, 180, { headers: ['X-Secret: y', 'Server: z'] })
  const ringing = await stage.alice.response(180)
  expect(ringing.text).not.toMatch(/X-Secret|Server: z/)
  stage.bob.respond(invite, 200, { body: sdp })
  const ok = await stage.alice.response(200)
  expect(ok.message.body).toBe(sdp)
  call.ack(ok)
  await stage.bob.request('ACK')
  await stage.hangUp(call)
  await stage.gate.quiet()
  expect(stage.story).toEqual([
    'call.decided',
    'call.dialled',
    'call.ringing',
    'call.answered',
    'call.ended',
  ])
  expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'bye', status: 200 })
})

test('a ringing response names the target of the early dialog', async () => {
  const { call, invite, ringing } = await ring()
  const contacts = ringing.message.all('contact')
  expect(contacts).toEqual([expect.stringMatching(/^<sip:gate@127\.0\.0\.1:\d+>$/)])
  stage.bob.respond(invite, 486)
  call.ackFailure(await stage.alice.response(486))
  await stage.gate.quiet()
})

// drachtio-server refuses the BYE, gives up the INVITE, and tells nobody of either.
test.skipIf(drachtioBinary)('a BYE in the early dialog ends the call', async () => {
  const { call, invite, ringing } = await ring()
  call.adopt(ringing)
  call.request('BYE')
  await stage.alice.response(200, 'BYE')
  await stage.alice.response(487)
  stage.bob.respond(await stage.bob.request('CANCEL'), 200)
  stage.bob.respond(invite, 487)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'caller', cause: 'cancelled', status: 487 })
})

async function ring() {
  await stage.open()
  const call = stage.newCall()
  call.invite()
  const invite = await stage.bob.request('INVITE')
  stage.bob.respond(invite, 180)
  return { call, invite, ringing: await stage.alice.response(180) }
}

test('BYE from the callee ends both legs', async () => {
  await stage.open()
  const { call, callee } = await stage.establish()
  callee.request('BYE', { headers: ['Reason: Q.850;cause=16'] })
  const bye = await stage.alice.request('BYE')
  expect(bye.message.first('reason')).toBe('Q.850;cause=16')
  stage.alice.respond(bye, 200)
  await stage.bob.response(200, 'BYE')
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'callee', cause: 'bye' })
  call.request('BYE')
  await stage.alice.response(481, 'BYE')
})

test('a callee that hangs up before the ACK does so to the caller only after it', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite()
  const invite = await stage.bob.request('INVITE')
  stage.bob.respond(invite, 200, { body: sdp })
  const ok = await stage.alice.response(200)
  await stage.bob.request('ACK')
  new UaAnsweredCall(stage.bob, invite).request('BYE')
  await stage.bob.response(200, 'BYE')
  await eventually('the call has ended', () => stage.ended !== undefined)
  expect(stage.alice.history.some((got) => got.method === 'BYE')).toBe(false)
  call.ack(ok)
  stage.alice.respond(await stage.alice.request('BYE'), 200)
})

test('a call ends by itself at its maximum duration', async () => {
  const clock = new StillClock()
  await stage.open({ clock, callDurationMaxS: 60 })
  await stage.establish()
  await eventually('the ACK has come', () => clock.pendingCount === 1)
  clock.advance(60_000)
  const bye = await stage.alice.request('BYE')
  expect(bye.message.first('reason')).toContain('duration_max')
  stage.alice.respond(bye, 200)
  stage.bob.respond(await stage.bob.request('BYE'), 200)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'duration_max', durationMs: 60_000 })
})

test('a drain lets running calls end, takes no new ones, and hangs up at the deadline', async () => {
  await stage.open()
  await stage.establish()
  const drained = stage.gate.registry.drain(100)
  const second = stage.newCall()
  second.invite()
  const refused = await stage.alice.response(503)
  second.ackFailure(refused)
  expect(refused.message.first('reason')).toContain('node_draining')
  stage.alice.respond(await stage.alice.request('BYE'), 200)
  stage.bob.respond(await stage.bob.request('BYE'), 200)
  await drained
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'drained' })
})

test('a call that the drain finds undialled is never dialled', async () => {
  const signed = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const clock = new StillClock()
  await stage.open({
    clock,
    wrap: (stages) => ({
      ...stages,
      sign: (request) => {
        reached.resolve()
        return signed.promise.then(() => stages.sign(request))
      },
    }),
  })
  const call = stage.newCall()
  call.invite()
  await reached.promise
  const drained = stage.gate.registry.drain(1_000)
  await clock.advanceAsync(1_000)
  signed.resolve()
  call.ackFailure(await stage.alice.response(480))
  await drained
  expect(stage.bob.history).toEqual([])
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'drained', status: 480 })
})

test('a caller with long names is refused, and answered, as any other', async () => {
  await stage.open()
  const call = stage.newCall(`call-${'c'.repeat(3_000)}`)
  call.user = `alice-${'a'.repeat(3_000)}`
  call.invite()
  stage.bob.respond(await stage.bob.request('INVITE'), 486)
  const busy = await stage.alice.response(486)
  expect(busy.message.first('call-id')).toBe(call.callId)
  expect(busy.message.first('from')).toContain(call.user)
  call.ackFailure(busy)
  const answered = stage.newCall(`call-${'d'.repeat(3_000)}`)
  answered.invite()
  stage.bob.respond(await stage.bob.request('INVITE'), 200, { body: sdp })
  const ok = await stage.alice.response(200)
  expect(ok.message.first('call-id')).toBe(answered.callId)
  answered.ack(ok)
  await stage.bob.request('ACK')
  await stage.hangUp(answered)
})
