import type { Socket } from 'node:net'
import type { Agent, Request, Response } from 'drachtio-srf'
import { expect, test } from 'vitest'
import { silentLogger } from '../../src/kernel/logger.ts'
import { ofDrachtioServer, ofEmbeddedEngine } from '../../src/sip/abilities.ts'
import { createExchange, type Handlers } from '../../src/sip/dispatch.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** What a request with these headers comes to: `decided`, or the answer that it gets at once. */
function deliver(
  abilities: typeof ofEmbeddedEngine,
  lines: readonly string[],
  method: 'INVITE' | 'REGISTER' = 'INVITE',
) {
  const socket = { destroyed: false } as Socket
  const outcome: unknown[] = []
  const agent = {
    mapServer: new Map([[socket, {}]]),
    sendResponse: ({ msg }: Response, { headers }: { headers: object }) =>
      outcome.push(msg.status, headers),
  } as unknown as Agent
  const decide = () => outcome.push('decided')
  const handlers = {
    keyHeader: 'X-API-Key',
    meet: () => 'answer',
    onInvite: decide,
    onRegister: decide,
  }
  const exchange = createExchange({
    agent,
    clock: new FakeClock(),
    random: countedRandom(),
    logger: silentLogger,
    handlers: () => handlers as unknown as Handlers,
    certificate: () => undefined,
  })
  exchange.wire.abilities = abilities
  const raw = `${[`${method} sip:x@y SIP/2.0`, ...lines].join('\r\n')}\r\n\r\n`
  const request = { method, msg: { raw }, stackTxnId: 't', on: () => undefined, socket }
  exchange.deliver(
    request as unknown as Request,
    { msg: { headers: {} }, socket } as unknown as Response,
  )
  return outcome
}

test('who demands reliable ringing of an engine that cannot stand it is refused', () => {
  const demand = ['Require: timer, 100rel']
  expect(deliver(ofEmbeddedEngine, demand)).toEqual(['decided'])
  expect(deliver(ofDrachtioServer, demand)).toEqual([420, { Unsupported: '100rel' }])
  expect(deliver(ofDrachtioServer, ['Supported: 100rel'])).toEqual(['decided'])
})

test('a registration that demands an extension is refused: the registrar knows none', () => {
  const demand = ['Require: path, gruu', 'Path: <sip:edge.example;lr>']
  const refusal = [420, { Unsupported: 'path, gruu' }]
  expect(deliver(ofEmbeddedEngine, demand, 'REGISTER')).toEqual(refusal)
  expect(deliver(ofEmbeddedEngine, ['Supported: path'], 'REGISTER')).toEqual(['decided'])
})
