import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Failure } from '../../src/kernel/failure.ts'
import { ofDrachtioServer } from '../../src/sip/abilities.ts'
import { watchdogMs } from '../../src/sip/exchange.ts'
import { ConfirmedLeg, type LegEnd } from '../../src/sip/leg.ts'
import type { LegRequest } from '../../src/sip/leg-request.ts'
import { nothing, plainAnswer } from '../../src/sip/messages.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { FakeExchange, type Outgoing } from '../support/fake-exchange.ts'

const socket = 'socket' as unknown as Socket
const invite = new RawMessage('INVITE sip:x@y SIP/2.0\r\nCSeq: 7 INVITE\r\n\r\n')

function setUp() {
  const fake = new FakeExchange()
  const leg = new ConfirmedLeg(fake.exchange, socket, 'dialog')
  const requests: LegRequest[] = []
  const ends: LegEnd[] = []
  const attach = () =>
    leg.attach({
      onRequest: (request) => void requests.push(request),
      onEnded: (end) => void ends.push(end),
    })
  const receive = (method: string, more = {}) => {
    const { request, response, transactionId } = fake.incoming(method, more)
    leg.receive(request, response)
    return transactionId
  }
  return { fake, leg, requests, ends, attach, receive }
}

function first(list: readonly Outgoing[]): Outgoing {
  const [outgoing] = list
  if (!outgoing) throw new Error('nothing was sent')
  return outgoing
}

test('what comes before anyone listens is told afterwards, in order', () => {
  const { requests, ends, attach, receive } = setUp()
  receive('INFO')
  receive('MESSAGE')
  attach()
  expect(requests.map(({ method }) => method)).toEqual(['INFO', 'MESSAGE'])
  receive('BYE')
  expect(ends).toMatchObject([{ cause: 'bye' }])
})

test('a leg that ended before anyone listened tells so', () => {
  const { fake, ends, attach, receive } = setUp()
  const bye = receive('BYE')
  expect(fake.statusesTo(bye)).toEqual([200])
  attach()
  expect(ends).toMatchObject([{ cause: 'bye' }])
  expect(fake.exchange.dialogs.size).toBe(0)
})

test('more unanswered requests than the limit are refused for now', () => {
  const { fake, requests, attach, receive } = setUp()
  attach()
  const ids = Array.from({ length: 9 }, () => receive('INFO'))
  expect(requests).toHaveLength(8)
  expect(fake.statusesTo(ids[8] ?? '')).toEqual([500])
  requests[0]?.respond(plainAnswer(200, 'OK'))
  receive('INFO')
  expect(requests).toHaveLength(9)
})

test('a request is finally answered once', () => {
  const { fake, requests, attach, receive } = setUp()
  attach()
  const id = receive('INFO')
  requests[0]?.respond(plainAnswer(200, 'OK'))
  requests[0]?.respond(plainAnswer(500, 'Late'))
  expect(fake.statusesTo(id)).toEqual([200])
})

test.each([
  ['UPDATE', 200, '<sip:gate@localhost;transport=tcp>'],
  ['REFER', 202, '<sip:gate@localhost;transport=tcp>'],
  ['SUBSCRIBE', 200, '<sip:gate@localhost;transport=tcp>'],
  ['UPDATE', 488, undefined],
  ['INFO', 200, undefined],
] as const)('%s answered with %i says where we are where it has to', (method, status, contact) => {
  const { fake, requests, attach, receive } = setUp()
  attach()
  receive(method, { protocol: 'tcp' })
  requests[0]?.respond(plainAnswer(status, 'Phrase', { Allow: 'INVITE' }))
  const answer = fake.answers[0]?.answer
  expect([answer?.headers.Contact, answer?.headers.Allow]).toEqual([contact, 'INVITE'])
})

test('an engine that cannot stand reliable ringing is not asked for it by a re-INVITE either', () => {
  const { fake, requests, attach, receive } = setUp()
  attach()
  fake.exchange.wire.abilities = ofDrachtioServer
  const demanding = receive('INVITE', { lines: ['Require: 100rel'] })
  const able = receive('INVITE', { lines: ['Supported: 100rel'] })
  expect([fake.statusesTo(demanding), fake.statusesTo(able)]).toEqual([[420], []])
  expect(fake.answers[0]?.answer.headers).toEqual({ Unsupported: '100rel' })
  expect(requests).toHaveLength(1)
})

test('when the leg ends what is pending on it is answered, both ways', async () => {
  const { fake, leg, attach, receive } = setUp()
  attach()
  const invite = receive('INVITE')
  const { final } = leg.request('INFO', nothing)
  receive('BYE')
  expect(fake.statusesTo(invite)).toEqual([487])
  expect(await final).toMatchObject({ status: 487 })
  expect(fake.exchange.invites.size).toBe(0)
})

test('a request on a leg that is over is not sent to anyone and has an answer', async () => {
  const { fake, leg, attach, receive } = setUp()
  attach()
  receive('BYE')
  expect(await leg.request('INFO', nothing).final).toMatchObject({ status: 487 })
  expect(fake.outgoing).toEqual([])
})

test('without an ACK the leg ends by our BYE, whose answer is the last of it', async () => {
  const { fake, leg, ends, attach } = setUp()
  attach()
  const acknowledged = leg.awaitAck(invite)
  fake.clock.advance(watchdogMs)
  expect(await acknowledged).toBeUndefined()
  expect(ends).toMatchObject([{ cause: 'ack_timeout' }])
  const bye = first(fake.outgoing)
  expect(bye.request.method).toBe('BYE')
  expect(fake.exchange.dialogs.size).toBe(1)
  bye.sent()
  bye.respond(200)
  await Promise.resolve()
  expect(fake.exchange.dialogs.size).toBe(0)
  expect(fake.clock.pendingCount).toBe(0)
})

test('our BYE waits for the ACK of our 2xx', () => {
  const { fake, leg, attach, receive } = setUp()
  attach()
  void leg.awaitAck(invite)
  leg.bye({ Reason: 'x' })
  expect(fake.outgoing).toEqual([])
  receive('ACK', { cseq: 7 })
  expect(first(fake.outgoing).request).toMatchObject({
    method: 'BYE',
    payload: { headers: { Reason: 'x' } },
  })
})

test.each([
  ['re-INVITE', 'INVITE', ''],
  ['offer in an UPDATE', 'UPDATE', 'v=0\r\n'],
])('our %s waits for the ACK of our 2xx', async (_, method, body) => {
  const { fake, leg, attach, receive } = setUp()
  attach()
  const acknowledged = leg.awaitAck(invite)
  const asked = leg.request(method, { headers: {}, body })
  leg.request('INFO', nothing)
  expect(fake.outgoing.map(({ request }) => request.method)).toEqual(['INFO'])
  receive('ACK', { cseq: 7 })
  await acknowledged
  expect(fake.outgoing.map(({ request }) => request.method)).toEqual(['INFO', method])
  fake.outgoing[1]?.sent()
  fake.outgoing[1]?.respond(200)
  expect(await asked.final).toMatchObject({ status: 200 })
})

test('what waits for an ACK is not sent once it is cancelled, its leg has ended or no ACK comes', async () => {
  for (const end of ['cancel', 'bye', 'timeout'] as const) {
    const { fake, leg, attach, receive } = setUp()
    attach()
    const acknowledged = leg.awaitAck(invite)
    const asked = leg.request('INVITE', nothing)
    if (end === 'cancel') {
      asked.cancel(nothing)
      receive('ACK', { cseq: 7 })
    } else if (end === 'bye') receive('BYE')
    else fake.clock.advance(watchdogMs)
    await acknowledged
    expect(await asked.final).toMatchObject({ status: 487 })
    expect(fake.outgoing.filter(({ request }) => request.method === 'INVITE')).toEqual([])
  }
})

test('a repeated ACK of an earlier INVITE is not taken for the one that is waited for', async () => {
  const { fake, leg, ends, attach, receive } = setUp()
  attach()
  const acknowledged = leg.awaitAck(invite)
  leg.bye({})
  receive('ACK', { cseq: 6, lines: ['Subject: overtaken'] })
  expect(fake.outgoing).toEqual([])
  receive('ACK', { cseq: 7, lines: ['Subject: due'] })
  expect((await acknowledged)?.first('subject')).toBe('due')
  expect(first(fake.outgoing).request.method).toBe('BYE')
  expect(ends).toEqual([])
})

test('a BYE that is never answered keeps the leg no longer than the watchdog', async () => {
  const { fake, leg, attach } = setUp()
  attach()
  leg.bye({})
  first(fake.outgoing).sent()
  await fake.clock.advanceAsync(watchdogMs)
  expect(fake.exchange.dialogs.size).toBe(0)
  expect(first(fake.outgoing).forgotten).toBe(true)
})

test('their BYE that crosses ours is answered, and told to nobody', () => {
  const { fake, leg, ends, attach, receive } = setUp()
  attach()
  leg.bye({})
  const bye = receive('BYE')
  expect(fake.statusesTo(bye)).toEqual([200])
  expect(ends).toEqual([])
})

test('what the engine sent by itself is never answered', () => {
  const { fake, ends, attach, receive } = setUp()
  attach()
  const lines = ['Reason: SIP;cause=200;text="Session timer expired"']
  receive('BYE', { source: 'application', lines })
  expect(fake.answers).toEqual([])
  expect(ends).toMatchObject([{ cause: 'session_expired' }])
})

test('a request that the engine does not send has an answer all the same', async () => {
  const { fake, leg } = setUp()
  const gone = leg.request('INFO', nothing)
  fake.outgoing[0]?.sent(new Failure('leg_gone', 'unknown dialog'))
  expect(await gone.final).toMatchObject({ status: 481 })
  const unknown = leg.request('FROBNICATE', nothing)
  fake.outgoing[1]?.sent(new Failure('engine_refused', 'unknown method'))
  expect(await unknown.final).toMatchObject({ status: 500 })
})

test('a re-INVITE cancelled before it left is cancelled when it has', async () => {
  const { fake, leg } = setUp()
  const invite = leg.request('INVITE', nothing)
  invite.cancel(nothing)
  const outgoing = first(fake.outgoing)
  expect(outgoing.cancels).toHaveLength(0)
  outgoing.sent()
  expect(outgoing.cancels).toHaveLength(1)
  outgoing.respond(487)
  expect(await invite.final).toMatchObject({ status: 487 })
})

test('a 2xx to a re-INVITE is acknowledged once, also when nobody waits any more', async () => {
  const { fake, leg } = setUp()
  const invite = leg.request('INVITE', nothing)
  const wanted = first(fake.outgoing)
  wanted.sent()
  wanted.respond(200)
  const reply = await invite.final
  reply.acknowledge(nothing)
  reply.acknowledge(nothing)
  expect(wanted.acks).toHaveLength(1)
  leg.request('INVITE', nothing)
  const late = fake.outgoing[1]
  late?.sent()
  fake.clock.advance(64_000)
  late?.respond(200)
  expect(late?.acks).toHaveLength(1)
})

test('an ACK for a re-INVITE that we have not answered means that it was cancelled', () => {
  const { fake, requests, attach, receive } = setUp()
  attach()
  const id = receive('INVITE', { lines: [] })
  let cancelled = 0
  requests[0]?.onCancelled(() => cancelled++)
  receive('ACK', { cseq: Number(id.slice('txn-'.length)) })
  expect(cancelled).toBe(1)
  expect(fake.statusesTo(id)).toEqual([])
})

test('with the engine the leg ends without a word', () => {
  const { fake, leg, ends, attach, receive } = setUp()
  attach()
  receive('INVITE')
  leg.engineLost()
  expect(ends).toEqual([{ cause: 'engine_lost' }])
  expect(fake.answers).toEqual([])
  expect(fake.exchange.invites.size).toBe(0)
})
