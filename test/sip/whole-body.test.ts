import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { passesWhole } from '../../src/sip/whole-body.ts'
import { sdp } from '../support/udp-ua.ts'

function passes(type: string, body: string, ...more: readonly string[]): boolean {
  const head = ['INVITE sip:x@y SIP/2.0', `Content-Type: ${type}`, ...more]
  return passesWhole(new RawMessage([...head, '', body].join('\r\n')))
}

function part(type: string, content: string, ...more: readonly string[]): string {
  return [`Content-Type: ${type}`, ...more, '', content].join('\r\n')
}

function multipart(...parts: readonly string[]): string {
  return `${parts.map((one) => `--b\r\n${one}\r\n`).join('')}--b--\r\n`
}

const mixed = 'multipart/mixed;boundary=b'
const session = part('application/sdp', sdp, 'Content-Disposition: session')
const bytes = part(
  'application/octet-stream',
  '\0\r\n\r\n\xff',
  'Content-Transfer-Encoding: binary',
)
const isup = part('application/isup;version=itu-t92+', '\x01\x10')
const inner = part('multipart/related;boundary=c', `--c\r\n${session}\r\n--c--`)

test.each([
  ['application/sdp', sdp],
  ['Text/Plain ; charset=utf-8', 'words'],
  [mixed, multipart(session, bytes)],
  ['multipart/alternative; x="y z"; BOUNDARY="b"', multipart(session, session).trimEnd()],
  [mixed, multipart(inner, bytes)],
  [mixed, multipart('\r\nno head', session)],
])('a body of %s passes byte for byte', (type, body) => {
  expect(passes(type, body)).toBe(true)
})

test.each([
  ['a call set-up of another network', mixed, multipart(session, isup)],
  [
    'one that lies deeper',
    mixed,
    multipart(part('multipart/x;boundary=c', `--c\r\n${isup}\r\n--c--`)),
  ],
  ['one alone', 'application/isup', sdp],
  ['a message in the message', mixed, multipart(part('message/sipfrag', 'From: <sip:x@y>'))],
  ['a list of who else is called', mixed, multipart(part('application/resource-lists+xml', ''))],
  [
    'an encoded part',
    mixed,
    multipart(part('text/plain', '', 'Content-Transfer-Encoding: base64')),
  ],
  [
    'two types of a part',
    mixed,
    multipart(part('text/plain', '', 'content-type: application/isup')),
  ],
  ['a short name in a part', mixed, multipart('c: application/isup\r\n\r\nx')],
  ['a folded head of a part', mixed, multipart('Content-Type:\r\n application/isup\r\n\r\nx')],
  [
    'a line of a head that ends otherwise',
    mixed,
    multipart('Content-Id: x\nContent-Type: a/b\r\n\r\nx'),
  ],
  ['a head without an end', mixed, multipart('Content-Type: text/plain')],
  ['two boundaries', 'multipart/mixed;boundary=b;boundary=c', multipart(session)],
  ['none', 'multipart/mixed', multipart(session)],
  ['another boundary', 'multipart/mixed;boundary=c', multipart(session)],
  [
    'a type that two readers read in two ways',
    'multipart/mixed;boundary=b (c);x',
    multipart(session),
  ],
  ['lines that end otherwise', mixed, multipart(session).replaceAll('\r\n', '\n')],
  ['something before', mixed, `x\r\n${multipart(session)}`],
  ['something behind', mixed, `${multipart(session)}x`],
  ['no end', mixed, multipart(session).replace('--b--\r\n', '')],
  ['a boundary inside a line', mixed, multipart(part('text/plain', 'x --b'))],
  ['a line that a boundary begins', mixed, multipart(part('text/plain', 'x\r\n--bc\r\n'))],
  ['blank space behind a boundary', mixed, multipart(session).replace('--b\r\n', '--b \r\n')],
  ['more parts than there are', mixed, multipart(...Array(17).fill(session))],
])('a body with %s does not', (_what, type, body) => {
  expect(passes(type, body)).toBe(false)
})

test('an encoded body does not, nor one of two types', () => {
  expect(passes('text/plain', 'x', 'Content-Encoding: gzip')).toBe(false)
  expect(passes('text/plain', 'x', 'c: application/isup')).toBe(false)
})

test('whatever is put into a body, in one that passes every boundary stands on a line of its own', () => {
  const body = multipart(session, bytes)
  const noise = fc.string({ unit: fc.constantFrom('-', 'b', '\r', '\n', ' ', 'x'), maxLength: 6 })
  fc.assert(
    fc.property(fc.nat(body.length), noise, (at, text) => {
      const altered = body.slice(0, at) + text + body.slice(at)
      const lines = altered.match(/(?:^|\r\n)--b(?=\r\n|--)/g) ?? []
      if (passes(mixed, altered)) expect(altered.split('--b')).toHaveLength(lines.length + 1)
    }),
    { numRuns: 2_000 },
  )
})

test('a body that is made to be slow is read in time that grows with its length', () => {
  for (const unit of ['\r\n--b', '--b\r\n', '\r\n', '--b\r\nContent-Type: a/b\r\n\r\n\r\n', ';']) {
    expect(passes(mixed, unit.repeat(60_000 / unit.length))).toBe(false)
    expect(passes(`multipart/x${unit.replaceAll(/\s/g, ' ').repeat(4_000)}`, '')).toBe(false)
  }
})
