import { expect, test } from 'vitest'
import { eventually } from '../support/call-gate.ts'
import { type CallStage, useCallStage } from '../support/call-stage.ts'
import { type Got, sdp, UaAnsweredCall, type UaCall } from '../support/udp-ua.ts'

const stage = useCallStage()
const offers = ['Supported: 100rel, timer']
const answer = `${sdp}a=answer\r\n`

/** A call whose callee rings reliably with `body`, as both sides hold it. */
async function ringing(at: CallStage, caller: { headers?: string[]; body?: string } = {}) {
  await at.open()
  const call = at.newCall()
  call.invite({ headers: caller.headers ?? offers, body: sdp })
  const invite = await at.bob.request('INVITE')
  const headers = ['Require: 100rel', 'RSeq: 4711', 'Allow: INVITE, PRACK, UPDATE']
  const body = caller.body ?? answer
  at.bob.respond(invite, 183, body === '' ? { headers } : { headers, body })
  return { call, invite, callee: new UaAnsweredCall(at.bob, invite) }
}

function rackOf(response: Got): string {
  const [sequence = ''] = (response.message.first('cseq') ?? '').split(' ')
  return `RAck: ${response.message.first('rseq')} ${sequence} INVITE`
}

/** The caller acknowledges a reliable response, the callee answers that. */
async function acknowledge(call: UaCall, progress: Got, body = ''): Promise<Got> {
  call.adopt(progress)
  call.request('PRACK', { headers: [rackOf(progress)], ...(body === '' ? {} : { body }) })
  const prack = await stage.bob.request('PRACK')
  stage.bob.respond(prack, 200, body === '' ? {} : { body: answer })
  await stage.alice.response(200, 'PRACK')
  return prack
}

test('a reliable response is reliable on both legs, and each PRACK waits for the one beyond', async () => {
  const { call, invite } = await ringing(stage)
  expect(invite.message.first('supported')).toBe('100rel, timer')
  const progress = await stage.alice.response(183)
  expect(progress.message.first('require')).toBe('100rel')
  expect(progress.message.first('rseq')).not.toBe('4711')
  expect(progress.message.body).toBe(answer)
  expect(stage.bob.history.some(({ method }) => method === 'PRACK')).toBe(false)
  const prack = await acknowledge(call, progress)
  expect(prack.message.first('rack')).toBe(
    `4711 ${(invite.message.first('cseq') ?? '').split(' ')[0]} INVITE`,
  )
  stage.bob.respond(invite, 200)
  call.ack(await stage.alice.response(200))
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test('an offer in a PRACK and its answer pass', async () => {
  const { call, invite } = await ringing(stage)
  const prack = await acknowledge(call, await stage.alice.response(183), `${sdp}a=second\r\n`)
  expect(prack.message.body).toContain('a=second')
  const ok = stage.alice.history.find(({ message }) => message.first('cseq')?.endsWith('PRACK'))
  expect(ok?.message.body).toBe(answer)
  call.cancel()
  stage.bob.respond(invite, 487)
  call.ackFailure(await stage.alice.response(487))
})

test('for a caller that knows no 100rel the gate acknowledges by itself', async () => {
  const { call, invite } = await ringing(stage, { headers: [] })
  expect(invite.message.first('supported')).toBeUndefined()
  const progress = await stage.alice.response(183)
  expect(progress.message.first('rseq')).toBeUndefined()
  expect(progress.message.body).toBe(answer)
  stage.bob.respond(await stage.bob.request('PRACK'), 200)
  stage.bob.respond(invite, 200, { body: answer })
  call.ack(await stage.alice.response(200))
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test('a caller that requires 100rel gets it, also where the callee just rings', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({ headers: ['Require: 100rel'], body: sdp })
  const invite = await stage.bob.request('INVITE')
  expect(invite.message.first('require')).toBe('100rel')
  stage.bob.respond(invite, 180)
  const progress = await stage.alice.response(180)
  call.adopt(progress)
  call.request('PRACK', { headers: [rackOf(progress)] })
  await stage.alice.response(200, 'PRACK')
  expect(stage.bob.history.some(({ method }) => method === 'PRACK')).toBe(false)
  stage.bob.respond(invite, 200, { body: answer })
  call.ack(await stage.alice.response(200))
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test('an answer that overtakes the PRACK of a ringing: the callee gets ours, the caller its 200', async () => {
  const { call, invite } = await ringing(stage, { body: '' })
  const progress = await stage.alice.response(183)
  stage.bob.respond(invite, 200, { body: answer })
  const ok = await stage.alice.response(200)
  stage.bob.respond(await stage.bob.request('PRACK'), 200)
  call.ack(ok)
  await stage.bob.request('ACK')
  call.request('PRACK', { headers: [rackOf(progress)] })
  await stage.alice.response(200, 'PRACK')
  await stage.hangUp(call)
})

test('UPDATE passes before the answer, from either side', async () => {
  const { call, invite, callee } = await ringing(stage)
  const progress = await stage.alice.response(183)
  await acknowledge(call, progress)
  call.request('UPDATE', { body: `${sdp}a=from-caller\r\n` })
  const update = await stage.bob.request('UPDATE')
  expect(update.message.body).toContain('a=from-caller')
  stage.bob.respond(update, 200, { body: answer })
  expect((await stage.alice.response(200, 'UPDATE')).message.body).toBe(answer)
  callee.request('UPDATE', { body: `${sdp}a=from-callee\r\n` })
  const back = await stage.alice.request('UPDATE')
  expect(back.message.body).toContain('a=from-callee')
  stage.alice.respond(back, 488)
  expect((await stage.bob.response(488, 'UPDATE')).status).toBe(488)
  callee.request('INFO')
  stage.alice.respond(await stage.alice.request('INFO'), 200)
  await stage.bob.response(200, 'INFO')
  stage.bob.respond(invite, 200)
  call.ack(await stage.alice.response(200))
  await stage.bob.request('ACK')
  await stage.hangUp(call)
})

test('UPDATE with nowhere to go is refused for now', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({ headers: offers, body: sdp })
  const invite = await stage.bob.request('INVITE')
  stage.bob.respond(invite, 180)
  call.adopt(await stage.alice.response(180))
  call.request('UPDATE')
  const refused = await stage.alice.response(500, 'UPDATE')
  expect(refused.message.first('retry-after')).toBeDefined()
  stage.bob.respond(invite, 486)
  call.ackFailure(await stage.alice.response(486))
})

test('a CANCEL while a PRACK is on its way leaves nothing', async () => {
  const { call, invite } = await ringing(stage)
  const progress = await stage.alice.response(183)
  call.adopt(progress)
  call.request('PRACK', { headers: [rackOf(progress)] })
  const prack = await stage.bob.request('PRACK')
  call.cancel()
  await stage.alice.response(487, 'PRACK')
  await stage.bob.request('CANCEL')
  stage.bob.respond(prack, 200)
  stage.bob.respond(invite, 487)
  await eventually('the call is over', () => stage.ended?.cause === 'cancelled')
})

test('two callees that ring reliably under one INVITE are acknowledged each', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({ headers: [], body: sdp })
  const invite = await stage.bob.request('INVITE')
  const via = invite.message.first('via') ?? ''
  const ring = (tag: string, status: number) => {
    const lines = [
      `SIP/2.0 ${status} Phrase`,
      `Via: ${via}`,
      `From: ${invite.message.first('from')}`,
      `To: ${invite.message.first('to')};tag=${tag}`,
      `Call-ID: ${invite.message.first('call-id')}`,
      `CSeq: ${invite.message.first('cseq')}`,
      `Contact: <sip:${tag}@127.0.0.1:${stage.bob.port}>`,
    ]
    const reliable = status < 200 ? ['Require: 100rel', 'RSeq: 9'] : []
    stage.bob.send([...lines, ...reliable], '', stage.engine.sipPort)
  }
  ring('one', 180)
  const first = await stage.bob.request('PRACK')
  ring('two', 180)
  const second = await stage.bob.request('PRACK')
  expect([first, second].map(({ message }) => message.first('to')?.split('tag=')[1])).toEqual([
    'one',
    'two',
  ])
  for (const prack of [first, second]) stage.bob.respond(prack, 200)
  ring('two', 200)
  call.ack(await stage.alice.response(200))
  expect((await stage.bob.request('ACK')).message.first('to')).toContain('tag=two')
  await stage.hangUp(call)
})

test('each leg has a session timer of its own', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({ headers: ['Supported: timer', 'Session-Expires: 1800'], body: sdp })
  const invite = await stage.bob.request('INVITE')
  expect(invite.message.first('session-expires')).toBe('1800')
  stage.bob.respond(invite, 200, { body: sdp, headers: ['Session-Expires: 600;refresher=uas'] })
  const ok = await stage.alice.response(200)
  expect(ok.message.first('session-expires')).toBe('1800;refresher=uac')
  expect(ok.message.first('require')).toBe('timer')
  call.ack(ok)
  await stage.bob.request('ACK')
  call.request('UPDATE', { headers: ['Supported: timer', 'Session-Expires: 1800;refresher=uac'] })
  stage.bob.respond(await stage.bob.request('UPDATE'), 200)
  const refreshed = await stage.alice.response(200, 'UPDATE')
  expect(refreshed.message.first('session-expires')).toBe('1800;refresher=uac')
  await stage.hangUp(call)
})
