import { expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { readAttempt } from '../../src/sip/raw-reader.ts'
import { hasSession } from '../../src/sip/session-body.ts'

const source = { address: '192.0.2.1', port: 5060, protocol: 'udp' }
const arrival = { id: 'id' as CallId, receivedAtMs: 1, source, keyHeader: 'x-api-key' }

function message(lines: readonly string[], body = '') {
  const head = ['INVITE tel:+1-202-555-0123;x=y SIP/2.0', ...lines].join('\r\n')
  return new RawMessage(`${head}\r\n\r\n${body}`)
}

function read(lines: readonly string[]) {
  return readAttempt(message(lines), arrival)
}

test('an attempt has each value as it was received', () => {
  const attempt = read([
    'From: "A" <sip:a@b>;tag=1',
    't: <sip:c@d>',
    'i: call',
    'P-Asserted-Identity: <sip:+1@x>, <tel:+1>',
    'P-Asserted-Identity: <sip:+2@x>',
    'Privacy: id',
    'Identity: one',
    'y: two',
    'Date: Sat, 13 Nov 2010 23:29:00 GMT',
    'X-Call-Class: marketing',
    'x-call-class: a, b',
    'Max-Forwards: 70',
    'User-Agent: ua',
  ])
  expect(attempt).toMatchObject({
    requestUri: 'tel:+1-202-555-0123;x=y',
    from: '"A" <sip:a@b>;tag=1',
    to: '<sip:c@d>',
    sipCallId: 'call',
    assertedIdentities: ['<sip:+1@x>, <tel:+1>', '<sip:+2@x>'],
    privacy: ['id'],
    identities: ['one', 'two'],
    date: 'Sat, 13 Nov 2010 23:29:00 GMT',
    callClasses: ['marketing', 'a, b'],
    maxForwards: 70,
    userAgent: 'ua',
    source,
  })
})

test('each key header is one key, whatever its case, folded or empty', () => {
  const { presentedKeys } = read(['X-API-Key: a', 'x-api-key: b,c', 'X-Api-KEY:', ' d'])
  expect(presentedKeys.map((key) => key.reveal())).toEqual(['a', 'b,c', 'd'])
  expect(JSON.stringify(presentedKeys)).not.toContain('b,c')
})

test('the source is the transport, whatever the message claims', () => {
  expect(read(['X-Forwarded-For: 10.0.0.1', 'X-Real-IP: 10.0.0.1']).source).toEqual(source)
})

test('Max-Forwards is absent, a number, or unreadable', () => {
  const of = (...values: string[]) => read(values.map((v) => `Max-Forwards: ${v}`)).maxForwards
  expect([of(), of('0'), of('255'), of('256'), of('x'), of('7', '7')]).toEqual([
    ...[undefined, 0, 255, -1, -1, -1],
  ])
})

test('an offer is a session description, alone or among others', () => {
  const offered = (type: string[], body: string) => hasSession(message(type, body))
  expect(offered(['c: application/sdp'], 'v=0')).toBe(true)
  const part = '--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--'
  expect(offered(['Content-Type: Multipart/mixed;boundary=x'], part)).toBe(true)
  expect(offered(['Content-Type: Multipart/mixed;boundary=x'], '--x')).toBe(false)
  expect(offered([], 'v=0\r\n')).toBe(true)
  expect(offered(['Content-Type: application/sdp'], '')).toBe(false)
  expect(offered(['Content-Type: text/plain'], 'v=0')).toBe(false)
})
