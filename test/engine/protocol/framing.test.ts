import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import {
  FrameReader,
  FrameWriter,
  frameBytesMax,
  greetingBytesMax,
  writeSpacingMs,
} from '../../../src/engine/protocol/framing.ts'

afterEach(() => void vi.useRealTimers())

function read(chunks: readonly Buffer[], limit = frameBytesMax) {
  const reader = new FrameReader(limit)
  const payloads: string[] = []
  const alive = chunks.every((chunk) =>
    reader.push(chunk, (payload) => payloads.push(payload.toString()) > 0),
  )
  return { alive, payloads }
}

test('payloads come whole however the stream is cut', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 6 })
  fc.assert(
    fc.property(texts, fc.array(fc.nat(200), { maxLength: 20 }), (payloads, cuts) => {
      const stream = Buffer.concat(
        payloads.map((text) => Buffer.from(`${Buffer.byteLength(text)}#${text}`)),
      )
      const edges = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length]
      edges.sort((a, b) => a - b)
      const chunks = edges.slice(1).map((edge, at) => stream.subarray(edges[at], edge))
      expect(read(chunks)).toEqual({ alive: true, payloads })
    }),
  )
})

test('any bytes at all either wait, pass or break the stream, and never throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 5 }), (chunks) => {
      read(chunks.map((chunk) => Buffer.from(chunk)))
    }),
  )
})

test.each(['abc#hello', '#hello', '12345678', '-1#x', ' 5#hello', '1x#h'])(
  'a length that is none breaks the stream: %s',
  (text) => {
    expect(read([Buffer.from(text)]).alive).toBe(false)
  },
)

test('a frame as long as allowed passes, one byte more breaks the stream', () => {
  const longest = 'x'.repeat(greetingBytesMax)
  const frame = (text: string) => Buffer.from(`${text.length}#${text}`)
  expect(read([frame(longest)], greetingBytesMax).payloads).toEqual([longest])
  expect(read([Buffer.from(`${greetingBytesMax + 1}#`)], greetingBytesMax).alive).toBe(false)
  expect(read([Buffer.from(`${frameBytesMax + 1}#`)]).alive).toBe(false)
})

test('a frame of a megabyte in small pieces takes time linear in its size', () => {
  const body = Buffer.alloc(frameBytesMax, 0x78)
  const stream = Buffer.concat([Buffer.from(`${frameBytesMax}#`), body])
  const chunks: Buffer[] = []
  for (let at = 0; at < stream.length; at += 100) chunks.push(stream.subarray(at, at + 100))
  const startMs = performance.now()
  expect(read(chunks).payloads).toHaveLength(1)
  expect(performance.now() - startMs).toBeLessThan(1_000)
})

test('a sink that says stop is given nothing more', () => {
  const reader = new FrameReader()
  const payloads: string[] = []
  const alive = reader.push(Buffer.from('1#a1#b'), (payload) => {
    payloads.push(payload.toString())
    return false
  })
  expect(alive).toBe(false)
  expect(payloads).toEqual(['a'])
})

test('the frames of one turn leave in one write, lengths in bytes', async () => {
  const writes: string[] = []
  const writer = new FrameWriter({ write: (bytes) => writes.push(bytes.toString()) })
  writer.add('é|x')
  writer.add('head', Buffer.from('böd'))
  expect(writes).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(writes).toEqual(['4#é|x10#head\r\nböd'])
  writer.add('late')
  writer.flush()
  await new Promise((resolve) => setImmediate(resolve))
  expect(writes).toHaveLength(2)
})

test('to a busy client frames leave in order, a spacing apart, and none stays behind', () => {
  vi.useFakeTimers({ now: 1_000_000 })
  const written: { atMs: number; payloads: readonly string[] }[] = []
  const writer = new FrameWriter({
    write: (bytes) => written.push({ atMs: Date.now(), payloads: read([bytes]).payloads }),
  })
  const sent = Array.from({ length: 300 }, (_, at) => `frame ${at}`)
  for (const [at, head] of sent.entries()) {
    writer.add(head)
    vi.advanceTimersByTime(at % 3 === 0 ? 1 : 0)
  }
  vi.advanceTimersByTime(2 * writeSpacingMs)
  expect(written.flatMap(({ payloads }) => payloads)).toEqual(sent)
  expect(written.length).toBeLessThan(100)
  const busy = written.slice(written.length / 2)
  const gapsMs = busy.slice(1).map(({ atMs }, at) => atMs - (busy[at]?.atMs ?? 0))
  expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(writeSpacingMs)
  expect(writer.size).toBe(0)
  writer.add('after a pause')
  vi.advanceTimersByTime(0)
  expect(written.at(-1)?.payloads).toEqual(['after a pause'])
})

test('much is written at once, however busy the client is', () => {
  vi.useFakeTimers({ now: 1_000_000 })
  let bytes = 0
  const writer = new FrameWriter({ write: ({ length }) => (bytes += length) })
  writer.add('first')
  vi.advanceTimersByTime(0)
  const before = bytes
  for (let at = 0; at < 64; at++) writer.add('body', Buffer.alloc(1024))
  expect(bytes - before).toBeGreaterThan(65_000)
  expect(writer.size).toBe(0)
})
