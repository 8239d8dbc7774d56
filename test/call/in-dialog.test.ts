import { expect, test } from 'vitest'
import { drachtioBinary, eventually } from '../support/call-gate.ts'
import { useCallStage } from '../support/call-stage.ts'
import { sdp, UaAnsweredCall } from '../support/udp-ua.ts'

const stage = useCallStage()

test('without an offer in the INVITE the answer travels in the ACK', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({})
  const invite = await stage.bob.request('INVITE')
  expect(invite.message.body).toBe('')
  stage.bob.respond(invite, 200, { body: sdp })
  const ok = await stage.alice.response(200)
  expect(ok.message.body).toBe(sdp)
  expect(stage.bob.history.some((got) => got.method === 'ACK')).toBe(false)
  call.ack(ok, { body: `${sdp}a=recvonly\r\n` })
  expect((await stage.bob.request('ACK')).message.body).toContain('a=recvonly')
  await stage.hangUp(call)
})

test('a re-INVITE of the caller passes, and its refusal leaves the call as it was', async () => {
  await stage.open()
  const { call } = await stage.establish()
  call.request('INVITE', { body: `${sdp}a=sendonly\r\n`, headers: ['X-API-Key: again'] })
  const again = await stage.bob.request('INVITE')
  expect(again.text).not.toContain('again')
  expect(again.message.body).toContain('a=sendonly')
  stage.bob.respond(again, 200, { body: `${sdp}a=recvonly\r\n` })
  const ok = await stage.alice.response(200)
  expect(ok.message.body).toContain('a=recvonly')
  call.ack(ok)
  await stage.bob.request('ACK')
  call.request('INVITE', { body: sdp })
  stage.bob.respond(await stage.bob.request('INVITE'), 488)
  call.ackFailure(await stage.alice.response(488))
  await stage.hangUp(call)
})

test('a caller that asks for no session timer is asked in time whether it is there, a callee is not', async () => {
  await stage.open()
  const { call, callee, ok } = await stage.establish()
  const ours = '1800;refresher=uas'
  expect(ok.message.first('session-expires')).toBe(ours)
  call.request('INVITE', { body: sdp })
  stage.bob.respond(await stage.bob.request('INVITE'), 200, { body: sdp })
  const again = await stage.alice.response(200)
  expect(again.message.first('session-expires')).toBe(ours)
  call.ack(again)
  await stage.bob.request('ACK')
  callee.request('INVITE', { body: sdp })
  stage.alice.respond(await stage.alice.request('INVITE'), 200, { body: sdp })
  expect((await stage.bob.response(200)).message.first('session-expires')).toBeUndefined()
  callee.ack()
  await stage.alice.request('ACK')
  await stage.hangUp(call)
})

test('a re-INVITE of the callee passes', async () => {
  await stage.open()
  const { call, callee } = await stage.establish()
  callee.request('INVITE', { body: `${sdp}a=inactive\r\n` })
  const again = await stage.alice.request('INVITE')
  expect(again.message.body).toContain('a=inactive')
  stage.alice.respond(again, 200, { body: sdp })
  expect((await stage.bob.response(200)).message.body).toBe(sdp)
  callee.ack()
  await stage.alice.request('ACK')
  await stage.hangUp(call)
})

test('a re-INVITE of the callee waits until the caller has acknowledged the answer', async () => {
  await stage.open()
  const { call, invite } = await stage.ring()
  const callee = new UaAnsweredCall(stage.bob, invite)
  stage.bob.respond(invite, 200, { body: sdp })
  const ok = await stage.alice.response(200)
  await stage.bob.request('ACK')
  callee.request('INVITE', { body: `${sdp}a=inactive\r\n` })
  callee.request('INFO')
  stage.alice.respond(await stage.alice.request('INFO'), 200)
  await stage.bob.response(200, 'INFO')
  expect(stage.alice.history.some((got) => got.method === 'INVITE')).toBe(false)
  call.ack(ok)
  stage.alice.respond(await stage.alice.request('INVITE'), 200, { body: sdp })
  await stage.bob.response(200, 'INVITE')
  callee.ack({}, 101)
  await stage.alice.request('ACK')
  await stage.hangUp(call)
})

test('a re-INVITE that crosses one going the other way is answered 491', async () => {
  await stage.open()
  const { call, callee } = await stage.establish()
  call.request('INVITE', { body: sdp })
  const first = await stage.bob.request('INVITE')
  callee.request('INVITE', { body: sdp })
  const pending = await stage.bob.response(491)
  expect(pending.message.startLine).toContain('Request Pending')
  callee.ack()
  stage.bob.respond(first, 200, { body: sdp })
  call.ack(await stage.alice.response(200))
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test.each(['INFO', 'UPDATE', 'MESSAGE', 'OPTIONS', 'NOTIFY', 'REFER'])(
  '%s passes both ways with its body and answer',
  async (method) => {
    await stage.open()
    const { call, callee } = await stage.establish()
    const type = method === 'UPDATE' ? 'application/sdp' : 'application/x-test'
    const headers = method === 'NOTIFY' ? ['Event: refer', 'Subscription-State: active'] : []
    const extra = method === 'REFER' ? ['Refer-To: <sip:x@example.com>'] : []
    call.request(method, { body: sdp, type, headers: [...headers, ...extra] })
    const there = await stage.bob.request(method)
    expect(there.message.body).toBe(sdp)
    expect(there.message.first('content-type')).toBe(type)
    stage.bob.respond(there, 200, { body: 'v=0\r\n', type })
    expect((await stage.alice.response(200, method)).message.body).toBe('v=0\r\n')
    callee.request(method, { body: sdp, type, headers: [...headers, ...extra] })
    stage.alice.respond(await stage.alice.request(method), 489)
    await stage.bob.response(489, method)
    await stage.hangUp(call)
  },
)

test('a 503 to a request in the call is a 500 beyond us: we are there', async () => {
  await stage.open()
  const { call, callee } = await stage.establish()
  const headers = ['Retry-After: 600']
  call.request('INVITE', { body: sdp })
  stage.bob.respond(await stage.bob.request('INVITE'), 503, { headers })
  const refused = await stage.alice.response(500)
  expect(refused.message.first('retry-after')).toBeUndefined()
  call.ackFailure(refused)
  callee.request('INFO')
  stage.alice.respond(await stage.alice.request('INFO'), 503, { headers })
  await stage.bob.response(500, 'INFO')
  await stage.hangUp(call)
})

test('REFER is refused where transfers are', async () => {
  await stage.open({ transfers: 'refuse' })
  const { call } = await stage.establish()
  call.request('REFER', { headers: ['Refer-To: <sip:+19005550100@127.0.0.1>'] })
  await stage.alice.response(403, 'REFER')
  expect(stage.bob.history.some((got) => got.method === 'REFER')).toBe(false)
  await stage.hangUp(call)
})

// RFC 3261 7.1: methods are told apart by case. drachtio-srf takes no notice of that.
// biome-ignore format: a table
const notTaken = [
  ['refer', 501], ['bye', 501], ['invite', 501], ['FROBNICATE', 501], ['PUBLISH', 405],
  ['REF%45R', 400], ['ref%65r', 400], ['BY%45', 400], ['C%41NCEL', 400],
] as const

// drachtio-server answers some of these by itself.
test.skipIf(drachtioBinary).each(notTaken)(
  'the method %s is answered %i and does not pass, nor does what it might be read as',
  async (method, status) => {
    await stage.open({ transfers: 'refuse' })
    const { call } = await stage.establish()
    call.request(method, { headers: ['Refer-To: <sip:+19005550100@127.0.0.1>'] })
    const refused = await stage.alice.response(status, method)
    expect(refused.message.first('allow') !== undefined).toBe(status === 405)
    await stage.hangUp(call)
    const there = stage.bob.history.map((got) => got.method)
    expect(there).toEqual(['INVITE', 'ACK', 'BYE'])
  },
)

test('481 to a request in the call ends it on both sides', async () => {
  await stage.open()
  const { call } = await stage.establish()
  call.request('INFO')
  stage.bob.respond(await stage.bob.request('INFO'), 481)
  await stage.alice.response(481, 'INFO')
  stage.alice.respond(await stage.alice.request('BYE'), 200)
  stage.bob.respond(await stage.bob.request('BYE'), 481)
  await stage.gate.quiet()
  expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: 'dialog_gone' })
})

// drachtio-server loses the 200 that follows a 1xx to a re-INVITE.
test.skipIf(drachtioBinary)(
  'a re-INVITE that requires reliable ringing passes, and its PRACK ends here',
  async () => {
    await stage.open()
    const { call } = await stage.establish()
    call.request('INVITE', { body: sdp, headers: ['Require: 100rel', 'Supported: 100rel, timer'] })
    const again = await stage.bob.request('INVITE')
    expect(again.message.first('require')).toBeUndefined()
    expect(again.message.first('supported')).toBe('timer')
    stage.bob.respond(again, 180)
    const ringing = await stage.alice.response(180)
    expect(ringing.message.first('require')).toBe('100rel')
    stage.bob.respond(again, 200, { body: sdp })
    const [sequence] = (ringing.message.first('cseq') ?? '').split(' ')
    const rack = `RAck: ${ringing.message.first('rseq')} ${sequence} INVITE`
    call.request('PRACK', { headers: [rack] })
    await stage.alice.response(200, 'PRACK')
    call.ack(await stage.alice.response(200))
    await stage.bob.request('ACK')
    expect(stage.bob.history.some(({ method }) => method === 'PRACK')).toBe(false)
    await stage.hangUp(call)
  },
)

test.skipIf(drachtioBinary)('a re-INVITE may ring before it is answered', async () => {
  await stage.open()
  const { call } = await stage.establish()
  call.request('INVITE', { body: sdp })
  const again = await stage.bob.request('INVITE')
  stage.bob.respond(again, 180)
  await stage.alice.response(180)
  stage.bob.respond(again, 200, { body: sdp })
  call.ack(await stage.alice.response(200))
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test('without an offer in a re-INVITE the answer travels in its ACK', async () => {
  await stage.open()
  const { call } = await stage.establish()
  call.request('INVITE')
  stage.bob.respond(await stage.bob.request('INVITE'), 200, { body: sdp })
  call.ack(await stage.alice.response(200), { body: `${sdp}a=recvonly\r\n` })
  const ack = await stage.bob.next('ACK with body', (got) => got.text.includes('a=recvonly'))
  expect(ack.method).toBe('ACK')
  await stage.hangUp(call)
})

test('BYE while a re-INVITE is pending ends both sides', async () => {
  await stage.open()
  const { call, callee } = await stage.establish()
  call.request('INVITE', { body: sdp })
  const again = await stage.bob.request('INVITE')
  callee.request('BYE')
  await stage.bob.response(200, 'BYE')
  call.ackFailure(await stage.alice.response(487))
  stage.alice.respond(await stage.alice.request('BYE'), 200)
  stage.bob.respond(again, 487)
  await eventually('the call has ended', () => stage.ended !== undefined)
})

test('a request in the call with no hops left is refused', async () => {
  await stage.open()
  const { call } = await stage.establish()
  call.request('INFO', { headers: ['Max-Forwards: 0'] })
  await stage.alice.response(483, 'INFO')
  call.request('INFO', { headers: ['Require: foo'] })
  const refused = await stage.alice.response(420, 'INFO')
  expect(refused.message.first('unsupported')).toBe('foo')
  await stage.hangUp(call)
})
