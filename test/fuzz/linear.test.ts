import { expect, test } from 'vitest'
import { headBytesMax } from '../../src/engine/message/limits.ts'
import { parseMessage } from '../../src/engine/message/parse.ts'
import { parseAppMessage } from '../../src/engine/protocol/app-message.ts'
import { StreamFramer } from '../../src/engine/transport/stream-framer.ts'
import { classify } from '../../src/sip/frames.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { hostile, hostileRequest } from './hostile.ts'

/** Everything that reads SIP text, made to read one message. */
const readers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  'the parser of datagrams': (bytes) => parseMessage(bytes, 'datagram'),
  'the framer of streams': (bytes) => inChunks(bytes),
  "the reader of applications' messages": parseAppMessage,
  'the gate: before drachtio-srf': (bytes) =>
    classify(`e1|sip|network|9|udp|h|1|t|x||\r\n${bytes}`),
  'the gate: what it decides by': (bytes) => new RawMessage(bytes.toString()),
}

const shapes = Object.entries(hostile)
const largeBytes = headBytesMax - 100

// Time is compared only with itself, the least of many runs: for four times the input four times as
// much, and as much again for noise. What is quadratic takes sixteen times, however often it is asked;
// what looks so only once was disturbed by the machine.
test.each(Object.keys(readers))('takes time linear in what it reads: %s', (name) => {
  const read = readers[name] ?? (() => undefined)
  const dear = shapes.filter(([, make]) => {
    const small = hostileRequest(make, largeBytes / 4)
    const large = hostileRequest(make, largeBytes)
    return always(
      () =>
        leastMs(() => read(large)) >
        8 *
          Math.max(
            leastMs(() => read(small)),
            0.02,
          ),
    )
  })
  expect(dear.map(([shape]) => shape)).toEqual([])
})

// A shape that ends at the longest line is no larger when it is large, so that it can't be compared
// with itself. It is with a plain message: two hundredfold is far from both, 10 times and 2,000.
test('no line is dearer than a message of its length may be', () => {
  const plain = hostileRequest(
    (size) => `Subject: ${'a'.repeat(8_000)}\r\n`.repeat(size / 8_011),
    largeBytes,
  )
  const fairMs = Math.max(
    leastMs(() => parseMessage(plain, 'datagram')),
    0.01,
  )
  const dear = shapes.filter(([, make]) => {
    const bytes = hostileRequest(make, largeBytes)
    return always(() => leastMs(() => parseMessage(bytes, 'datagram')) > 200 * fairMs)
  })
  expect(dear.map(([shape]) => shape)).toEqual([])
})

const chunkBytes = 64

function inChunks(bytes: Buffer): void {
  const framer = new StreamFramer({ onMessage: () => undefined, onPing: () => undefined })
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    framer.push(bytes.subarray(at, at + chunkBytes))
  }
}

/** Whether it is so each time it is looked at. */
function always(look: () => boolean): boolean {
  return Array.from({ length: 8 }).every(look)
}

function leastMs(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 25; round++) {
    const before = performance.now()
    run()
    least = Math.min(least, performance.now() - before)
  }
  return least
}
