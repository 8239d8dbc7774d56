import type { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { Failure } from '../../src/kernel/failure.ts'
import { ofDrachtioServer, ofEmbeddedEngine } from '../../src/sip/abilities.ts'
import { watchdogMs } from '../../src/sip/exchange.ts'
import { ReceivedCall } from '../../src/sip/inbound-call.ts'
import type { LegEnd } from '../../src/sip/leg.ts'
import type { LegRequest } from '../../src/sip/leg-request.ts'
import { nothing, plainAnswer } from '../../src/sip/messages.ts'
import { DialledCall, type EarlyReply } from '../../src/sip/outbound-call.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { ReliableRinging } from '../../src/sip/reliable-ringing.ts'
import { FakeExchange, type Outgoing } from '../support/fake-exchange.ts'

const socket = 'socket' as unknown as Socket

function dial({ abilities = ofEmbeddedEngine, payload = nothing } = {}) {
  const fake = new FakeExchange()
  fake.exchange.wire.abilities = abilities
  const provisionals: EarlyReply[] = []
  const requests: LegRequest[] = []
  const onProvisional = (reply: EarlyReply) => void provisionals.push(reply)
  const call = new DialledCall(fake.exchange, socket, {
    uri: 'sip:x@y',
    payload,
    onProvisional,
    onRequest: (request) => void requests.push(request),
  })
  const [outgoing] = fake.outgoing
  if (!outgoing) throw new Error('nothing was sent')
  return { fake, call, outgoing, provisionals, requests }
}

function nothingLeft({ exchange }: FakeExchange): void {
  const { dialogs, dials, invites } = exchange
  expect([dialogs.size, dials.size, invites.size]).toEqual([0, 0, 0])
}

async function lastOf(fake: FakeExchange): Promise<Outgoing | undefined> {
  await Promise.resolve()
  return fake.outgoing.at(-1)
}

test('CANCEL before the INVITE has left goes out right behind it', async () => {
  const { fake, call, outgoing, provisionals } = dial()
  call.cancel({ headers: { Reason: 'r' }, body: '' })
  expect(await call.outcome).toEqual({ kind: 'cancelled' })
  expect(outgoing.cancels).toEqual([])
  outgoing.sent()
  expect(outgoing.cancels).toEqual([{ headers: { Reason: 'r' }, body: '' }])
  outgoing.respond(180)
  outgoing.respond(487)
  expect(provisionals).toEqual([])
  nothingLeft(fake)
  expect(fake.clock.pendingCount).toBe(0)
})

test('a 200 that crosses the CANCEL is acknowledged and ended', async () => {
  const { fake, call, outgoing } = dial()
  outgoing.sent()
  call.cancel(nothing)
  outgoing.respond(200)
  expect(outgoing.acks).toHaveLength(1)
  const bye = await lastOf(fake)
  expect(bye?.request.method).toBe('BYE')
  bye?.sent()
  bye?.respond(200)
  await Promise.resolve()
  nothingLeft(fake)
})

test('a cancelled INVITE that gets no answer is forgotten', () => {
  const { fake, call, outgoing } = dial()
  outgoing.sent()
  call.cancel(nothing)
  call.cancel(nothing)
  fake.clock.advance(watchdogMs)
  expect(outgoing.forgotten).toBe(true)
  expect(outgoing.cancels).toHaveLength(1)
  nothingLeft(fake)
})

test('an INVITE that the engine does not send has failed', async () => {
  const { fake, call, outgoing } = dial()
  outgoing.sent(new Failure('engine_refused', 'bad uri'))
  expect(await call.outcome).toMatchObject({ kind: 'failed', failure: { code: 'engine_refused' } })
  call.cancel(nothing)
  nothingLeft(fake)
})

test('without an engine nothing is dialled', async () => {
  const fake = new FakeExchange()
  const onProvisional = () => undefined
  const call = new DialledCall(fake.exchange, undefined, {
    uri: 'sip:x@y',
    payload: nothing,
    onProvisional,
    onRequest: () => undefined,
  })
  expect(await call.outcome).toMatchObject({ kind: 'failed', failure: { code: 'engine_lost' } })
  nothingLeft(fake)
})

test('what a callee asks before it has answered is handed on, and answered when it is over', async () => {
  const { fake, call, outgoing, requests } = dial()
  outgoing.sent()
  outgoing.respond(183)
  const update = fake.incoming('UPDATE')
  fake.exchange.dialogs.get('dialog')?.receive(update.request, update.response)
  const info = fake.incoming('INFO')
  fake.exchange.dialogs.get('dialog')?.receive(info.request, info.response)
  expect(requests.map(({ method }) => method)).toEqual(['UPDATE', 'INFO'])
  requests[1]?.respond(plainAnswer(200, 'OK'))
  outgoing.respond(486)
  expect(fake.statusesTo(update.transactionId)).toEqual([487])
  expect(fake.statusesTo(info.transactionId)).toEqual([200])
  expect(await call.outcome).toMatchObject({ kind: 'rejected', reply: { status: 486 } })
  nothingLeft(fake)
})

test('a PRACK says what it acknowledges, as drachtio-server wants it to', () => {
  const { fake, outgoing, provisionals } = dial()
  outgoing.sent()
  outgoing.respond(183, ['Require: 100rel', 'RSeq: 4711', 'CSeq: 123159397  INVITE'])
  provisionals[0]?.acknowledge?.({ headers: { 'Content-Type': 'text/plain' }, body: 'b' })
  expect(fake.outgoing.at(-1)?.request).toMatchObject({
    method: 'PRACK',
    dialogId: 'dialog',
    payload: {
      headers: { 'Content-Type': 'text/plain', RAck: '4711 123159397 INVITE' },
      body: 'b',
    },
  })
})

test('a callee that has to offer is not asked to do so where no PRACK could answer', () => {
  const headers = { Supported: 'timer, 100rel', Allow: 'INVITE' }
  const payload = { headers, body: '' }
  const { outgoing } = dial({ abilities: ofDrachtioServer, payload })
  expect(outgoing.request.payload).toEqual({
    headers: { Supported: 'timer', Allow: 'INVITE' },
    body: '',
  })
  expect(dial({ payload }).outgoing.request.payload).toBe(payload)
  const offering = { headers, body: 'v=0' }
  const offered = dial({ abilities: ofDrachtioServer, payload: offering })
  expect(offered.outgoing.request.payload).toBe(offering)
})

test('a PRACK of a response that nobody can read names none', () => {
  const { fake, outgoing, provisionals } = dial()
  outgoing.sent()
  outgoing.respond(183, ['Require: 100rel', 'RSeq: -1', 'CSeq: 1 INVITE'])
  provisionals[0]?.acknowledge?.(nothing)
  expect(fake.outgoing.at(-1)?.request.payload.headers).toEqual({})
})

function receiveCall(lines: readonly string[] = []) {
  const fake = new FakeExchange()
  const { request, response, transactionId } = fake.incoming('INVITE', { lines })
  const message = new RawMessage(request.msg.raw)
  const attempt = {} as never
  const call = new ReceivedCall(fake.exchange, { request, response, attempt, message })
  return { fake, call, transactionId, response }
}

const cancel = new RawMessage('CANCEL sip:x@y SIP/2.0\r\nReason: one\r\nReason: two\r\n\r\n')

test('a cancelled call tells everyone once, and is never answered by us', async () => {
  const { fake, call, transactionId } = receiveCall()
  const told: unknown[] = []
  call.onAbandoned((abandonment) => told.push(abandonment))
  call.cancelled(cancel, false)
  call.cancelled(cancel, false)
  call.onAbandoned((abandonment) => told.push(abandonment))
  const abandonment = { cause: 'cancelled', reasons: ['one', 'two'] }
  expect(told).toEqual([abandonment, abandonment])
  call.ring(plainAnswer(180, 'Ringing'))
  call.refuse(plainAnswer(486, 'Busy'))
  await expect(call.answer(nothing)).rejects.toMatchObject({ code: 'leg_gone' })
  expect(fake.statusesTo(transactionId)).toEqual([])
  nothingLeft(fake)
})

test('a dropped call is answered nothing, now or later, and nothing of it is kept', () => {
  const { fake, call, transactionId } = receiveCall()
  call.drop()
  call.refuse(plainAnswer(486, 'Busy'))
  expect(fake.statusesTo(transactionId)).toEqual([])
  nothingLeft(fake)
})

test('an answer that the engine does not send is refused instead', async () => {
  const { fake, call, transactionId } = receiveCall()
  fake.refusal = new Failure('engine_refused', 'too large')
  await expect(call.answer(nothing)).rejects.toMatchObject({ code: 'engine_refused' })
  expect(fake.statusesTo(transactionId)).toEqual([200, 500])
  nothingLeft(fake)
})

test('an answer that the engine took with it when it went is no answer', async () => {
  const { fake, call } = receiveCall()
  fake.mute = true
  const answering = call.answer(nothing)
  call.engineLost()
  await expect(answering).rejects.toMatchObject({ code: 'leg_gone' })
  expect(call.abandonment?.cause).toBe('engine_lost')
  nothingLeft(fake)
})

test('once the answer is on its way nothing else is sent', async () => {
  const { fake, call, transactionId } = receiveCall()
  const answered = call.answer(nothing)
  call.refuse(plainAnswer(480, 'No'))
  call.ring(plainAnswer(180, 'Ringing'))
  await answered
  expect(fake.statusesTo(transactionId)).toEqual([200])
})

test('a caller that hangs up in one breath with the reply to our 200 has been answered, and is gone', async () => {
  const { fake, call } = receiveCall()
  const ended: LegEnd[] = []
  const answering = call.answer(nothing)
  // All three frames are read before anybody who awaits the answer has a turn.
  const owner = fake.exchange.dialogs.get('dialog')
  for (const [method, cseq] of [
    ['ACK', 1],
    ['BYE', 2],
  ] as const) {
    const { request, response } = fake.incoming(method, { cseq })
    owner?.receive(request, response)
  }
  const { leg, acknowledged } = await answering
  expect((await acknowledged)?.first('cseq')).toBe('1 ACK')
  leg.attach({ onRequest: () => undefined, onEnded: (end) => ended.push(end) })
  expect(ended.map(({ cause }) => cause)).toEqual(['bye'])
  nothingLeft(fake)
  expect(fake.clock.pendingCount).toBe(0)
})

test('after ringing that could not be sent the next opens the early dialog, and its PRACK is its own', () => {
  const { fake, call, response } = receiveCall(['Supported: 100rel'])
  const ring = () => {
    const acknowledgement = { onPrack: vi.fn(), withoutPrack: vi.fn() }
    call.ring({ status: 183, phrase: 'Progress', headers: {}, body: '' }, acknowledgement)
    return acknowledgement
  }
  response.stackDialogId = ''
  fake.refusal = new Failure('engine_refused', 'too large')
  const dropped = ring()
  expect(dropped.withoutPrack).toHaveBeenCalledOnce()
  expect(call.request('UPDATE', nothing)).toBeUndefined()
  fake.refusal = undefined
  response.stackDialogId = 'dialog'
  const rung = ring()
  expect(call.request('UPDATE', nothing)).toBeDefined()
  const prack = fake.incoming('PRACK')
  fake.exchange.dialogs.get('dialog')?.receive(prack.request, prack.response)
  expect(rung.onPrack).toHaveBeenCalledOnce()
  expect([dropped.onPrack.mock.calls, rung.withoutPrack.mock.calls]).toEqual([[], []])
})

test('a caller that rings is sent nothing where the engine would not find its dialog', () => {
  const { fake, call } = receiveCall()
  call.ring({ status: 183, phrase: 'Session Progress', headers: {}, body: '' })
  expect(call.request('UPDATE', nothing)).toBeDefined()
  fake.exchange.wire.abilities = ofDrachtioServer
  expect(call.request('UPDATE', nothing)).toBeUndefined()
})

test('a caller gets nothing reliably where the engine would not outlive its silence', () => {
  const answer = { status: 183, phrase: 'Session Progress', headers: {}, body: '' }
  const acknowledgement = { onPrack: () => undefined, withoutPrack: vi.fn() }
  const invite = new RawMessage('INVITE sip:x@y SIP/2.0\r\nSupported: 100rel\r\n\r\n')
  expect(new ReliableRinging(invite, false).prepare(answer, acknowledgement)).toBe(answer)
  expect(acknowledgement.withoutPrack).toHaveBeenCalledOnce()
  const reliable = new ReliableRinging(invite, true).prepare(answer, acknowledgement)
  expect(reliable.headers).toEqual({ Require: '100rel' })
})

const engineReasons = [
  ['SIP;cause=500;text="Not answered in time"', 'answer_timeout'],
  ['SIP;cause=504;text="PRACK timeout"', 'prack_timeout'],
  ['SIP;cause=487;text="Connection closed"', 'connection_lost'],
] as const

test.each(engineReasons)(
  'the engine gives an INVITE up by %s, and no caller can',
  (reason, cause) => {
    const text = `CANCEL sip:x@y SIP/2.0\r\nReason: ${reason}\r\n\r\n`
    for (const byEngine of [true, false]) {
      const { call } = receiveCall()
      call.ring(plainAnswer(180, 'Ringing'))
      call.cancelled(new RawMessage(text), byEngine)
      expect(call.abandonment?.cause).toBe(byEngine ? cause : 'cancelled')
    }
  },
)

test('BYE in the early dialog is a CANCEL by another name', () => {
  const { fake, call, transactionId } = receiveCall()
  call.ring(plainAnswer(180, 'Ringing'))
  const bye = fake.incoming('BYE')
  fake.exchange.dialogs.get('dialog')?.receive(bye.request, bye.response)
  expect(fake.statusesTo(bye.transactionId)).toEqual([200])
  expect(fake.statusesTo(transactionId)).toEqual([180, 487])
  expect(call.abandonment?.cause).toBe('cancelled')
  nothingLeft(fake)
})

test('other requests in the early dialog are told to wait, PRACK that it means nothing', () => {
  const { fake, call } = receiveCall()
  call.ring(plainAnswer(183, 'Progress'))
  const owner = fake.exchange.dialogs.get('dialog')
  const update = fake.incoming('UPDATE')
  owner?.receive(update.request, update.response)
  const prack = fake.incoming('PRACK')
  owner?.receive(prack.request, prack.response)
  expect(fake.statusesTo(update.transactionId)).toEqual([500])
  expect(fake.statusesTo(prack.transactionId)).toEqual([481])
})
