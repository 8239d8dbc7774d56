import { expect, test } from 'vitest'
import {
  headBytesMax,
  headersMax,
  lineCharsMax,
  messageBytesMax,
  viasMax,
} from '../../../src/engine/message/limits.ts'
import { parseMessage } from '../../../src/engine/message/parse.ts'

const request = [
  'BYE sip:a@b SIP/2.0',
  'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
  'From: <sip:a@b>;tag=1',
  'To: <sip:c@d>;tag=2',
  'Call-ID: x',
  'CSeq: 2 BYE',
]

function parse(lines: readonly string[], body = '') {
  return parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), 'datagram')
}

function faultOf(lines: readonly string[]): string | undefined {
  const result = parse(lines)
  return result.ok ? undefined : result.reason
}

test('a request is read with its headers in order, Via entries one by one', () => {
  const lines = [
    'v: SIP/2.0/TCP 10.0.0.2, SIP/2.0/UDP 10.0.0.3',
    'x-any:  a ',
    'Route: <sip:e>,<sip:f>',
  ]
  const result = parse([...request, ...lines])
  expect(result.ok && result.message.headers.slice(5)).toEqual([
    { name: 'Via', value: 'SIP/2.0/TCP 10.0.0.2' },
    { name: 'Via', value: 'SIP/2.0/UDP 10.0.0.3' },
    { name: 'x-any', value: 'a' },
    { name: 'Route', value: '<sip:e>' },
    { name: 'Route', value: '<sip:f>' },
  ])
})

test('line breaks before a message are skipped', () => {
  const bytes = Buffer.from(`\r\n\r\n${request.join('\r\n')}\r\n\r\n`)
  expect(parseMessage(bytes, 'datagram').ok).toBe(true)
})

test('without Content-Length the body of a datagram is the rest of it', () => {
  const result = parse(request, 'rest')
  expect(result.ok && result.message.body.toString()).toBe('rest')
})

test('a stream message is exactly as long as it says and has no bare line feed', () => {
  const bytes = Buffer.from(`${[...request, 'l: 4'].join('\r\n')}\r\n\r\nbody`)
  expect(parseMessage(bytes, 'stream').ok).toBe(true)
  expect(parseMessage(bytes.subarray(0, -1), 'stream').ok).toBe(false)
  expect(parseMessage(Buffer.concat([bytes, bytes]), 'stream').ok).toBe(false)
  const bare = Buffer.from(`${[...request, 'l: 0'].join('\n')}\n\n`)
  expect(parseMessage(bare, 'stream').ok).toBe(false)
  expect(parseMessage(bare, 'datagram').ok).toBe(true)
})

test('a tag without a value is no tag', () => {
  expect(faultOf(request.map((line) => line.replace('tag=1', 'tag=')))).toBe('Malformed From')
})

test('of two To tags the first counts in a response, and a request is refused', () => {
  const twice = request.map((line) => line.replace('tag=2', 'tag=2;x=y;tag=3'))
  expect(faultOf(twice)).toBe('Malformed To')
  const result = parse(['SIP/2.0 200 OK', ...twice.slice(1)])
  expect(result.ok && result.message.headers[2]).toEqual({
    name: 'To',
    value: '<sip:c@d>;tag=2;x=y',
  })
  const from = request.map((line) => line.replace('tag=1', 'tag=1;tag=3'))
  expect(faultOf(['SIP/2.0 200 OK', ...from.slice(1)])).toBe('Malformed From')
})

test.each(['sip:2001:db8::10', 'sips:a@b@c', 'sip:', 'sip:a@', 'sip:a@b:0'])(
  'a Request-URI of our own schemes must be one: %s',
  (uri) => {
    expect(faultOf([`BYE ${uri} SIP/2.0`, ...request.slice(1)])).toBe('Malformed request line')
  },
)

test.each(['Via', 'From', 'To', 'Call-ID', 'CSeq'])('%s is required of every message', (name) => {
  const lines = request.filter((line) => !line.startsWith(`${name}:`))
  expect(faultOf(lines)).toBe(`Missing ${name}`)
  expect(faultOf(['SIP/2.0 200 OK', ...lines.slice(1)])).toBe(`Missing ${name}`)
})

test.each(['From: <sip:a@b>', 't: <sip:a@b>', 'i: y', 'CSeq: 3 BYE'])(
  '%s may not come twice',
  (line) => {
    expect(faultOf([...request, line])).toMatch(/^Repeated /)
    expect(faultOf([...request, 'Max-Forwards: 7', 'Max-Forwards: 7'])).toBe(
      'Repeated Max-Forwards',
    )
  },
)

test('what is salvaged has the headers as they came and no body', () => {
  const result = parse([...request, 'Max-Forwards: x'], 'body')
  expect(result).toMatchObject({ ok: false, status: 400, reason: 'Bad Max-Forwards' })
  expect(!result.ok && result.salvage).toMatchObject({ method: 'BYE', uri: 'sip:a@b' })
  expect(!result.ok && result.salvage?.headers).toHaveLength(6)
  expect(!result.ok && result.salvage?.body.length).toBe(0)
})

test.each([
  ['headers', headersMax, () => 'Subject: x', 5],
  ['Via entries', viasMax, () => 'Via: SIP/2.0/UDP 10.0.0.1', 1],
])('one more than the most %s is refused', (_what, most, line, already) => {
  const lines = Array.from({ length: most - already }, line)
  expect(faultOf([...request, ...lines])).toBeUndefined()
  expect(faultOf([...request, ...lines, line()])).toMatch(/^Too many/)
})

test('lines, folded values, heads and messages over their length are refused', () => {
  const long = 'x'.repeat(lineCharsMax)
  expect(faultOf([...request, `X: ${long}`])).toBe('Line too long')
  const folds = Array.from({ length: 9 }, () => ` ${long.slice(0, 1_000)}`)
  expect(faultOf([...request, 'X: y', ...folds])).toBe('Header too long')
  const heavy = Array.from({ length: headBytesMax / 1_000 + 1 }, () => `X: ${long.slice(0, 1_000)}`)
  expect(faultOf([...request, ...heavy])).toBe('Headers too large')
  expect(parse(request, 'x'.repeat(messageBytesMax)).ok).toBe(false)
})
