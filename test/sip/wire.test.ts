import type { Socket } from 'node:net'
import type { Agent, Request, RequestOptions, Response } from 'drachtio-srf'
import { expect, test } from 'vitest'
import type { Failure } from '../../src/kernel/failure.ts'
import { ofEmbeddedEngine } from '../../src/sip/abilities.ts'
import { nothing, type Payload, plainAnswer } from '../../src/sip/messages.ts'
import { Wire } from '../../src/sip/wire.ts'

const messageBytesMax = 4_000
const huge: Payload = { headers: {}, body: 'x'.repeat(messageBytesMax) }
const injecting: Payload = { headers: { Reason: 'a\r\nX-API-Key: b' }, body: '' }

function setUp() {
  const socket = { destroyed: false } as Socket
  const server = { pendingSipRequests: new Map(), pendingNetworkInvites: new Map() }
  const requests: RequestOptions[] = []
  const responses: { status: number; phrase: string; body: string | undefined }[] = []
  const agent = {
    mapServer: new Map([[socket, server]]),
    request: (options: RequestOptions, callback: (error: unknown, request: unknown) => void) => {
      requests.push(options)
      callback(null, {})
    },
    sendResponse: (response: Response, { body }: { body?: string }) => {
      responses.push({ status: response.msg.status, phrase: response.msg.reason, body })
    },
  }
  const wire = new Wire(agent as unknown as Agent, { ...ofEmbeddedEngine, messageBytesMax })
  const response = (headers = {}) => ({ socket, msg: { headers } }) as unknown as Response
  return { socket, server, agent, wire, requests, responses, response }
}

test.each([
  ['a header value that would become two', injecting],
  ['more than the engine can take', huge],
])('%s is not sent as a request', (_, payload) => {
  const { wire, socket, requests } = setUp()
  let outcome: Request | Failure | undefined
  wire.send(socket, { method: 'INFO', payload }, (sent) => {
    outcome = sent
  })
  expect(outcome).toMatchObject({ code: 'engine_refused' })
  expect(requests).toEqual([])
})

test('a request knows its socket before any response', () => {
  const { wire, socket } = setUp()
  let outcome: Request | Failure | undefined
  wire.send(socket, { method: 'INFO', payload: nothing }, (sent) => {
    outcome = sent
  })
  expect(outcome).toMatchObject({ socket })
})

test('an answer that cannot be sent as it is goes bare, a success as a failure', () => {
  const { wire, responses, response } = setUp()
  wire.respond(response(), { status: 488, phrase: 'No', ...huge })
  wire.respond(response(), { status: 200, phrase: 'OK', ...injecting })
  wire.respond(response(), { status: 183, phrase: 'Progress', ...huge })
  expect(responses).toEqual([
    { status: 488, phrase: 'No', body: '' },
    { status: 500, phrase: 'Answer Too Large', body: '' },
  ])
})

test('what a response repeats of its request is left to the engine where it is long', () => {
  const { wire, response } = setUp()
  const short = { from: '<sip:a@x>;tag=1', 'call-id': 'one', 'content-length': 0 }
  const kept = response({ ...short })
  wire.respond(kept, plainAnswer(403, 'Forbidden'))
  expect(kept.msg.headers).toEqual(short)
  for (const name of ['from', 'to', 'call-id', 'cseq']) {
    const long = response({ ...short, [name]: 'x'.repeat(messageBytesMax) })
    wire.respond(long, plainAnswer(403, 'Forbidden'))
    expect(long.msg.headers).toEqual({})
  }
})

test('a phrase is cut where it is longer than any that says something', () => {
  const { wire, responses, response } = setUp()
  wire.respond(response(), plainAnswer(486, 'B'.repeat(messageBytesMax)))
  expect(responses).toEqual([{ status: 486, phrase: 'B'.repeat(60), body: '' }])
})

test('whoever asks is told that an answer was not sent', () => {
  const { wire, responses, response } = setUp()
  const failures: (Failure | undefined)[] = []
  wire.respond(response(), { status: 200, phrase: 'OK', ...huge }, (failure) => {
    failures.push(failure)
  })
  expect(failures).toMatchObject([{ code: 'engine_refused' }])
  expect(responses).toEqual([])
})

test('CANCEL and ACK go out whatever was to go with them', () => {
  const { wire, socket, response } = setUp()
  const sent: unknown[] = []
  const request = { socket, cancel: (options: unknown) => sent.push(options) }
  wire.cancel(request as unknown as Request, injecting)
  wire.acknowledge(response(), (content) => sent.push(content), huge)
  expect(sent).toEqual([{ headers: {} }, { headers: {}, body: '' }])
})

test.each([999, 607, 469])('%i is sent although drachtio-srf has no phrase for it', (status) => {
  const { wire, responses, response } = setUp()
  wire.respond(response(), plainAnswer(status, 'A\nB'))
  expect(responses).toEqual([{ status, phrase: 'Unreadable', body: '' }])
})

test('on a lost connection nothing is sent and the loss is told', () => {
  const { wire, socket, agent, requests, responses, response } = setUp()
  agent.mapServer.clear()
  let outcome: Request | Failure | undefined
  wire.send(socket, { method: 'INFO', payload: nothing }, (sent) => {
    outcome = sent
  })
  wire.respond(response(), plainAnswer(200, 'OK'))
  expect(outcome).toMatchObject({ code: 'engine_lost' })
  expect([...requests, ...responses]).toEqual([])
})

test('only the INVITE that is meant is forgotten', () => {
  const { wire, socket, server } = setUp()
  const request = { socket, get: () => 'call-id' } as unknown as Request
  server.pendingNetworkInvites.set('call-id', { req: {} })
  wire.forgetInvite(request)
  expect(server.pendingNetworkInvites.size).toBe(1)
  server.pendingNetworkInvites.set('call-id', { req: request })
  wire.forgetInvite(request)
  expect(server.pendingNetworkInvites.size).toBe(0)
})
