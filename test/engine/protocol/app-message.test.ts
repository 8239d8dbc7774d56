import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAppMessage } from '../../../src/engine/protocol/app-message.ts'

const parse = (text: string) => parseAppMessage(Buffer.from(text))

test.each([
  ['CRLF', '\r\n'],
  ['LF', '\n'],
  ['CR', '\r'],
])('lines may end in %s', (_name, end) => {
  const message = parse(
    ['INVITE sip:b@h SIP/2.0', 'from: <sip:a@h>', 'X-a: 1', '', 'v=0'].join(end),
  )
  expect(message).toMatchObject({
    kind: 'request',
    method: 'INVITE',
    uri: 'sip:b@h',
    headers: [
      { name: 'From', value: '<sip:a@h>' },
      { name: 'X-a', value: '1' },
    ],
  })
  expect(message?.body.toString()).toBe('v=0')
})

test('a start line alone is a message', () => {
  expect(parse('SIP/2.0 200 OK')).toMatchObject({ kind: 'response', status: 200, reason: 'OK' })
  expect(parse('BYE sip:placeholder SIP/2.0\r\n')).toMatchObject({ method: 'BYE', headers: [] })
})

test('header names get the standard spelling, X- names keep their own', () => {
  const text = 'SIP/2.0 200 OK\r\ncall-id: 1\r\ny: sig\r\nx-foo: 1\r\np-my-thing: 2\r\n\r\n'
  const names = parse(text)?.headers.map(({ name }) => name)
  expect(names).toEqual(['Call-ID', 'Identity', 'x-foo', 'P-My-Thing'])
})

test('malformed header lines are skipped', () => {
  const text = 'OPTIONS sip:h SIP/2.0\r\nno colon\r\nX Y: z\r\n folded: x\r\nSubject: b\r\n\r\n'
  expect(parse(text)?.headers).toEqual([{ name: 'Subject', value: 'b' }])
})

test.each(['', 'INVITE', ' sip:b@h SIP/2.0', 'SIP/2.0 99 x', 'SIP/2.0 abc', 'A b SIP/3.0'])(
  'no start line, no message: %j',
  (text) => {
    const message = parse(text)
    expect(message === undefined || message.kind === 'request').toBe(true)
    if (text !== 'INVITE') expect(message).toBeUndefined()
  },
)

test('a control character in the head refuses the whole message', () => {
  expect(parse('INVITE sip:b@h SIP/2.0\r\nA: b\0c\r\n\r\n')).toBeUndefined()
  expect(parse('INVITE sip:b@h\u0001 SIP/2.0\r\n\r\n')).toBeUndefined()
})

test('a message beyond the bounds of SIP is refused', () => {
  expect(parse(`INVITE sip:b@h SIP/2.0\r\n\r\n${'x'.repeat(70_000)}`)).toBeUndefined()
  expect(parse(`INVITE sip:b@h SIP/2.0\r\n${'A: b\r\n'.repeat(300)}\r\n`)).toBeUndefined()
})

test('any text at all is a message or none, never an exception', () => {
  const piece = fc.constantFrom(
    'INVITE ',
    'SIP/2.0 ',
    '200',
    '\r\n',
    '\n',
    '\r',
    ':',
    'a',
    ' ',
    'é',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
      const message = parse(pieces.join(''))
      for (const { name, value } of message?.headers ?? []) {
        expect(`${name}${value}`).not.toMatch(/[\r\n\0]/)
      }
    }),
  )
})
