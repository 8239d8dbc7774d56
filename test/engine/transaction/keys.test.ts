import { expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { serverKey } from '../../../src/engine/transaction/keys.ts'
import { type RequestText, read, request, responseTo, rig } from './fixtures.ts'

const keyOf = (method: string, text?: RequestText) => serverKey(made(method, text))
const made = (method: string, text?: RequestText) => read(request(method, text)) as Request

test('a request has the key of its repetitions, whatever else differs', () => {
  const key = keyOf('INVITE')
  expect(keyOf('INVITE', { callId: 'x', fromTag: 'y', cseq: 7, toTag: 'z' })).toBe(key)
  expect(keyOf('INVITE', { sentBy: '192.0.2.1 : 5080' })).toBe(key)
})

test('branch, sent-by and method tell requests apart', () => {
  const keys = [
    keyOf('INVITE'),
    keyOf('OPTIONS'),
    keyOf('INVITE', { branch: 'z9hG4bKtwo' }),
    keyOf('INVITE', { branch: 'z9hG4bKONE' }),
    keyOf('INVITE', { sentBy: '192.0.2.1:5081' }),
    keyOf('INVITE', { sentBy: '192.0.2.2:5080' }),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

test('a sent-by is compared without case and with its default port', () => {
  const key = keyOf('INVITE', { sentBy: 'pbx.example.com' })
  expect(keyOf('INVITE', { sentBy: 'PBX.Example.COM:5060' })).toBe(key)
})

test('ACK and CANCEL have the key of their INVITE', () => {
  for (const text of [{}, { branch: 'old' }, { branch: '' }]) {
    expect(keyOf('ACK', text)).toBe(keyOf('INVITE', text))
    expect(keyOf('CANCEL', text)).toBe(keyOf('INVITE', text))
  }
})

test('without the cookie the request is known by RFC 2543 rules', () => {
  const branch = 'not-unique'
  const key = keyOf('INVITE', { branch })
  expect(keyOf('INVITE', { branch, extra: 'X-Note: other\r\n' })).toBe(key)
  const others: RequestText[] = [
    { branch: 'other' },
    { branch: '' },
    { branch, callId: 'call-2' },
    { branch, fromTag: 'other' },
    { branch, cseq: 2 },
    { branch, sentBy: '192.0.2.1:5081' },
  ]
  const keys = others.map((text) => keyOf('INVITE', text))
  expect(new Set([key, ...keys]).size).toBe(others.length + 1)
  expect(serverKey({ ...made('INVITE', { branch }), uri: 'sip:carol@example.com' })).not.toBe(key)
})

test('the cookie alone is no branch: two requests that have no more are not one', () => {
  const branch = 'z9hG4bK'
  const key = keyOf('OPTIONS', { branch })
  expect(keyOf('OPTIONS', { branch })).toBe(key)
  expect(keyOf('OPTIONS', { branch, callId: 'call-2' })).not.toBe(key)
})

test('a whole INVITE of an RFC 2543 sender: repetition, refusal, ACK', () => {
  const { receive, transport, takeTold, opening, clock, layer } = rig()
  const text = { branch: '', fromTag: '' }
  receive(request('INVITE', text))
  receive(request('INVITE', text))
  opening().respond(responseTo(opening().arrival.message, 486))
  receive(request('ACK', { ...text, toTag: 'callee' }))
  clock.advance(5000)
  expect(transport.take()).toEqual(['0 100', '0 100', '0 486'])
  expect(takeTold()).toEqual(['request INVITE'])
  expect(layer.size).toBe(0)
})
