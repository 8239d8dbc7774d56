import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { sessionOf } from '../../src/sip/session-body.ts'
import { sdp } from '../support/udp-ua.ts'

function found(type: string | undefined, body: string) {
  const head = type === undefined ? [] : [`Content-Type: ${type}`]
  return sessionOf(new RawMessage(['INVITE sip:x@y SIP/2.0', ...head, '', body].join('\r\n')))
}

function part(type: string, content: string, ...more: readonly string[]): string {
  return [`Content-Type: ${type}`, ...more, '', content].join('\r\n')
}

function multipart(...parts: readonly string[]): string {
  return `${parts.map((one) => `--b\r\n${one}\r\n`).join('')}--b--\r\n`
}

const isup = part('application/isup;version=itu-t92+', '\x01\x10', 'Content-Disposition: signal')
const mixed = 'multipart/mixed;boundary=b'

test.each([
  ['application/sdp', 'application/sdp'],
  ['APPLICATION/SDP ; charset=utf-8', 'APPLICATION/SDP ; charset=utf-8'],
  [undefined, undefined],
])('a body of %s is a session as it stands', (type, left) => {
  expect(found(type, sdp)).toEqual({ type: left, text: sdp, isPart: false })
})

test.each([
  ['application/isup', sdp],
  ['application/sdp-nothing', sdp],
  ['text/plain', sdp],
  [undefined, 'x=0\r\n'],
  ['application/sdp', ''],
  [mixed, multipart(isup)],
  [mixed, multipart(part('application/sdp', sdp, 'Content-Transfer-Encoding: base64'))],
  [mixed, multipart(part('application/sdp', sdp)).replace('--b--', '')],
  ['multipart/mixed', multipart(part('application/sdp', sdp))],
  ['multipart/mixed;boundary=c', multipart(part('application/sdp', sdp))],
  [mixed, ''],
])('a body of %s holds no session: %j', (type, body) => {
  expect(found(type, body)).toBeUndefined()
})

const session = part('application/sdp', sdp, 'Content-Disposition: session;handling=required')

test.each([
  [mixed, multipart(session, isup)],
  [mixed, multipart(isup, session)],
  ['Multipart/Mixed ; charset=x; Boundary = "b"', multipart(isup, session, session)],
  [mixed, `preamble --b\r\n${multipart(session)}epilogue`],
  [mixed, multipart(session).replaceAll('--b\r\n', '--b \t\r\n')],
  [mixed, multipart(session, isup).replaceAll('\r\n', '\n')],
  [mixed, multipart(part('multipart/related;boundary=c', `--c\r\n${session}\r\n--c--`), isup)],
])('the session of %s passes without its neighbours', (type, body) => {
  expect(found(type, body)).toEqual({
    type: 'application/sdp',
    text: body.includes('\r\n') ? sdp : sdp.replaceAll('\r\n', '\n'),
    isPart: true,
  })
})

// RFC 2046 5.1.4: the last of them is the best that its sender has.
test('of alternatives the last session counts', () => {
  const other = `${sdp}a=inactive\r\n`
  const two = multipart(session, part('application/sdp', other), isup)
  expect(found('multipart/alternative;boundary=b', two)?.text).toBe(other)
})

test('of any parts in any order a session alone is found, and where there is one', () => {
  const kinds = fc.array(fc.constantFrom('session', 'isup', 'text'), { maxLength: 12 })
  const made = {
    session,
    isup,
    text: part('text/plain', 'Content-Type: application/sdp\r\n\r\nv=0'),
  }
  fc.assert(
    fc.property(kinds, fc.constantFrom('mixed', 'related', 'alternative', 'x'), (parts, kind) => {
      const body = multipart(...parts.map((one) => made[one]))
      const text = found(`multipart/${kind};boundary=b`, body)?.text
      expect(text).toBe(parts.includes('session') ? sdp : undefined)
    }),
  )
})

test('a body that is made to be slow is read in time that grows with its length', () => {
  for (const unit of ['\r\n--b', '\r\n--b \t', '\r\n--b\r\n', '--b--', '\r\n']) {
    expect(found(mixed, unit.repeat(60_000 / unit.length))).toBeUndefined()
  }
})
