import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ParseResult } from '../../src/engine/message/parse.ts'
import { serialize } from '../../src/engine/message/serialize.ts'
import { StreamFramer } from '../../src/engine/transport/stream-framer.ts'
import { messageArbitrary, mutatedBytes } from './arbitraries.ts'

/** Everything that a framer makes of a stream that comes in these chunks. */
function framed(chunks: readonly Buffer[]) {
  const seen: [ParseResult | 'ping', number][] = []
  const framer = new StreamFramer({
    onMessage: (result, size) => seen.push([result, size]),
    onPing: () => seen.push(['ping', 0]),
  })
  for (const chunk of chunks) framer.push(chunk)
  return { seen, broken: framer.broken, partial: framer.partial }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...sorted].map((start, at) => bytes.subarray(start, sorted[at] ?? bytes.length))
}

const places = fc.array(fc.nat(), { maxLength: 12 })
const gap = fc.constantFrom('', '\r\n', '\r\n\r\n', '\r\n\r\n\r\n').map((text) => Buffer.from(text))

test('however a stream is cut, its messages and pings are the same', () => {
  const part = fc.oneof(messageArbitrary.map(serialize), gap, mutatedBytes)
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), places, (parts, where) => {
      const bytes = Buffer.concat(parts)
      const whole = framed([bytes])
      expect(framed(cut(bytes, where))).toEqual(whole)
    }),
    { numRuns: 500 },
  )
})

test('byte by byte, good messages come out one by one with nothing left', () => {
  fc.assert(
    fc.property(fc.array(messageArbitrary, { minLength: 1, maxLength: 3 }), (messages) => {
      const bytes = Buffer.concat(messages.map(serialize))
      const { seen, broken, partial } = framed([...bytes].map((byte) => Buffer.from([byte])))
      expect({ count: seen.length, broken, partial }).toEqual({
        count: messages.length,
        broken: false,
        partial: false,
      })
      expect(seen.map(([, size]) => size)).toEqual(messages.map((each) => serialize(each).length))
    }),
    { numRuns: 50 },
  )
})

test('no stream makes the framer throw', () => {
  const chunk = fc.oneof(fc.uint8Array({ maxLength: 300 }).map(Buffer.from), mutatedBytes)
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => void framed(chunks)),
    { numRuns: 1_000 },
  )
})
