import parser from 'drachtio-srf/lib/sip-parser/parser.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { serialize } from '../../src/engine/message/serialize.ts'
import { SrfTextReader } from '../../src/sip/srf-text.ts'
import { messageArbitrary, mutatedBytes } from '../fuzz/arbitraries.ts'
import { hostile, hostileRequest } from '../fuzz/hostile.ts'
import { everyCase } from '../fuzz/torture-cases.ts'

const { parseSipMessage: original, getHeaderName: originalName } = parser
const reader = new SrfTextReader()

/** What a reader makes of a text, or that it throws. */
function outcome(read: typeof original, text: string): unknown {
  try {
    return read(text, true)
  } catch {
    return 'thrown'
  }
}

test.each(everyCase)('reads as drachtio-srf does: $name', ({ bytes }) => {
  const text = bytes.toString()
  expect(outcome(reader.parse, text)).toEqual(outcome(original, text))
})

test('reads any message as drachtio-srf does, and any that is nearly one', () => {
  const bytes = fc.oneof(messageArbitrary.map(serialize), mutatedBytes)
  fc.assert(
    fc.property(bytes, (input) => {
      const text = input.toString()
      expect(outcome(reader.parse, text)).toEqual(outcome(original, text))
    }),
    { numRuns: 3_000 },
  )
})

test.each(Object.entries(hostile))(
  'reads what is made to be dear as drachtio-srf does: %s',
  (_, shape) => {
    const text = hostileRequest(shape, 8_000).toString()
    expect(outcome(reader.parse, text)).toEqual(outcome(original, text))
  },
)

const head = 'Via: a\r\nContent-Type: application/sdp\r\n'
test.each([
  `SIP/2.0 200 OK\r\n${head}\r\nbody\r\n\r\nmore`,
  `SIP/2.0 200 OK\r\n${head}Content-Length: 3\r\n\r\nb\u00f6dy`,
  `SIP/2.0 200 OK\r\n${head}Content-Length: 3\r\nl: 4\r\n\r\nbody`,
  `SIP/2.0 200 OK\r\n${head}Content-Length: \r\n\r\nbody`,
  `SIP/2.0 200 OK\r\n${head}Content-Length: -1\r\n\r\nbody`,
  `SIP/2.0 200 OK\r\n${head}Content-Length: 99999999\r\n\r\nbody`,
  `SIP/2.0 200  OK \r\n${head}\r\n`,
  `SIP/2.0 200\r\n${head}\r\n`,
  `SIP/2.0 200 \r\n${head}\r\n`,
  `SIP/2.0 2000 OK\r\n${head}\r\n`,
  `SIP/2.0 099 OK\r\n${head}\r\n`,
  `SIP/2.0 200 \u2028OK\r\n${head}\r\n`,
  `INVITE  sip:a SIP/2.0\r\n${head}\r\n`,
  `INVITE sip:a SIP/2.0 \r\n${head}\r\n`,
  `INVITE sip:a\tSIP/2.0\r\n${head}\r\n`,
  `INVITE sip:a SIP/2.01\r\n${head}\r\n`,
  `INVITE%20 sip:a SIP/2.0\r\n${head}\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}via: b\r\nv: c\r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}X-One: 1\r\nx-one: 2\r\nP-Any: 3\r\nP-Asserted-Identity: 4\r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}constructor: 1\r\n__proto__: 2\r\nhasOwnProperty: 3\r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}Subject:\u00a0x\r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}Subject: x\r\n y\r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}Subject : x \r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}Subject:\r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}Subject\r\n\r\n`,
  `INVITE sip:a SIP/2.0\r\n${head}`,
  'INVITE sip:a SIP/2.0\r\n\r\n',
  '\r\n\r\n',
  '',
])('reads %j as drachtio-srf does', (text) => {
  expect(outcome(reader.parse, text)).toEqual(outcome(original, text))
})

test('a multipart body is taken apart as drachtio-srf does', () => {
  const body = '--x\r\nContent-Type: a/b\r\n\r\none\r\n--x--'
  const type = 'Content-Type: multipart/mixed;boundary=x'
  const text = `INFO sip:a SIP/2.0\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  expect(reader.parse(text, true)).toEqual(original(text, true))
})

test('names a header as drachtio-srf does, however many there are', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect(reader.nameOf(name)).toBe(originalName(name))
      expect(reader.nameOf(name)).toBe(originalName(name))
    }),
    { numRuns: 2_000 },
  )
})
