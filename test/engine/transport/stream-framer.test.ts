import { expect, test } from 'vitest'
import {
  headBytesMax,
  headersMax,
  lineCharsMax,
  messageBytesMax,
} from '../../../src/engine/message/limits.ts'
import type { ParseResult } from '../../../src/engine/message/parse.ts'
import { StreamFramer } from '../../../src/engine/transport/stream-framer.ts'
import { options } from './support.ts'

const via = 'SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK1'

/** What a framer makes of these chunks: bodies of good messages, reasons of bad ones, pings. */
function framed(...chunks: (string | Buffer)[]) {
  const seen: string[] = []
  const framer = new StreamFramer({
    onMessage: (result) => seen.push(result.ok ? `body ${result.message.body}` : result.reason),
    onPing: () => seen.push('ping'),
  })
  for (const chunk of chunks) framer.push(Buffer.from(chunk))
  return { seen, broken: framer.broken, partial: framer.partial }
}

function withBody(body: string): string {
  return options(via).replace('Content-Length: 0', `Content-Length: ${body.length}`) + body
}

test('a body that looks like a message is a body', () => {
  const inner = options(via)
  expect(framed(withBody(inner), withBody('next')).seen).toEqual([`body ${inner}`, 'body next'])
})

test('single line breaks between messages are skipped and double ones are pings', () => {
  const one = options(via)
  expect(framed(`\r\n${one}`, '\r', '\n\r', '\n', one, '\r\n').seen).toEqual([
    'body ',
    'ping',
    'body ',
  ])
})

test.each([
  ['without Content-Length', options(via).replace(/Content-Length.*\r\n/, '')],
  ['with two Content-Lengths', options(via, 'l: 7\r\n')],
  ['with a folded line break in its Content-Length', options(via).replace(': 0', ': 0\r\n 1')],
  ['with a bare LF', options(via, 'X: a\nl: 7\r\n')],
  ['with a bare CR', options(via, 'X: a\rl: 7\r\n')],
  ['with bare LF throughout but at the end', `${options(via).trim().replaceAll('\r', '')}\r\n\r\n`],
  ['that would be too long', options(via).replace(': 0', `: ${messageBytesMax}`)],
])('a message %s ends the stream: where the next one begins is in doubt', (_what, text) => {
  const { seen, broken, partial } = framed(text, options(via))
  expect(seen).toHaveLength(1)
  expect(seen[0]).not.toMatch(/^body/)
  expect({ broken, partial }).toEqual({ broken: true, partial: false })
})

test('a head that never ends is given up when it is too long, not kept', () => {
  const line = `Subject: ${'x'.repeat(1_000)}\r\n`
  const lines = Array.from({ length: headBytesMax / 1_000 + 1 }, () => line)
  expect(framed(options(via).slice(0, -2), ...lines)).toEqual({
    seen: ['Headers too large'],
    broken: true,
    partial: false,
  })
})

test('after a message with too long a line or too many headers the next one is read', () => {
  const long = options(via, `X: ${'x'.repeat(lineCharsMax)}\r\n`)
  const many = options(via, 'X: y\r\n'.repeat(headersMax))
  expect(framed(long, many, withBody('next'))).toEqual({
    seen: ['Line too long', 'Too many headers', 'body next'],
    broken: false,
    partial: false,
  })
})

test('a head that is too long is answered however it is cut into chunks', () => {
  const text = options(via, `X: ${'x'.repeat(1_000)}\r\n`.repeat(40))
  const bytes = Buffer.from(text)
  const results = [bytes.length, 1_000].map((size) => {
    const seen: ParseResult[] = []
    const framer = new StreamFramer({
      onMessage: (result) => seen.push(result),
      onPing: () => undefined,
    })
    for (let at = 0; at < bytes.length; at += size) framer.push(bytes.subarray(at, at + size))
    return seen
  })
  expect(results[0]).toEqual(results[1])
  expect(results[0]).toMatchObject([
    { ok: false, status: 513, salvage: { kind: 'request', method: 'OPTIONS' } },
  ])
})

test('the longest message that is allowed passes', () => {
  const room = messageBytesMax - withBody('').length - 4
  expect(framed(withBody('x'.repeat(room))).seen).toEqual([`body ${'x'.repeat(room)}`])
  expect(framed(withBody('x'.repeat(room + 1))).seen).toEqual(['Message too large'])
})
