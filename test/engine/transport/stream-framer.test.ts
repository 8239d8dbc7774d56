import { expect, test } from 'vitest'
import { headBytesMax, messageBytesMax } from '../../../src/engine/message/limits.ts'
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

test('the longest message that is allowed passes', () => {
  const room = messageBytesMax - withBody('').length - 4
  expect(framed(withBody('x'.repeat(room))).seen).toEqual([`body ${'x'.repeat(room)}`])
  expect(framed(withBody('x'.repeat(room + 1))).seen).toEqual(['Message too large'])
})
