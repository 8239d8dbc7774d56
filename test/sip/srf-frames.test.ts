import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from '../../src/kernel/byte-text.ts'
import { messageText } from '../../src/sip/byte-text.ts'
import { SrfFrames } from '../../src/sip/srf-frames.ts'

/** A socket as far as frames are read from one. */
function socketOf() {
  const socket = {
    destroyed: false,
    cause: '',
    destroy: (error: Error) => {
      socket.destroyed = true
      socket.cause = error.message
    },
  }
  return socket
}

/** The frames that a stream is cut into, and whether its connection was ended. */
function cut(chunks: readonly Buffer[]) {
  const seen: string[] = []
  const frames = new SrfFrames({ onFrame: (_, frame) => seen.push(frame) })
  const socket = socketOf()
  for (const chunk of chunks) {
    if (!socket.destroyed) frames.receive(socket as unknown as Socket, chunk)
  }
  return { seen, destroyed: socket.destroyed }
}

const framed = (payload: string) => Buffer.from(`${Buffer.byteLength(payload)}#${payload}`)

test('however a stream is cut, its frames are the same', () => {
  const payload = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  const places = fc.array(fc.nat(), { maxLength: 12 })
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 6 }), places, (payloads, where) => {
      const bytes = Buffer.concat(payloads.map(framed))
      const sorted = where.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b)
      const chunks = [0, ...sorted].map((start, at) => bytes.subarray(start, sorted[at]))
      expect(cut(chunks)).toEqual({ seen: payloads, destroyed: false })
    }),
    { numRuns: 500 },
  )
})

test('byte by byte they are the same', () => {
  const bytes = Buffer.concat(['one', 'two \u{1f4de}', 'x'.repeat(2_000)].map(framed))
  const chunks = [...bytes].map((byte) => Buffer.from([byte]))
  expect(cut(chunks).seen).toEqual(['one', 'two \u{1f4de}', 'x'.repeat(2_000)])
})

test.each(['x#one', '#one', '12345678', '12345678#', '1048577#', '-1#', '1 #a'])(
  'what is no frame ends the connection: %s',
  (text) => {
    expect(cut([framed('good'), Buffer.from(text)])).toEqual({ seen: ['good'], destroyed: true })
  },
)

test.each(['plain', 'picture \u{1f4de}', 'byte \udc80\udcff', 'both \u00e9\udcff'])(
  'what is written is what the length says and the text stands for: %j',
  async (text) => {
    const written: Buffer[] = []
    const write = (chunk: string | Buffer, encoding?: BufferEncoding) =>
      written.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    const socket = { destroyed: false, write } as unknown as Socket
    const frames = new SrfFrames({ onFrame: () => undefined })
    const ids = [frames.send(socket, 'ping'), frames.send(socket, text)]
    frames.flush()
    expect(cut(written).seen).toEqual([`${ids[0]}|ping`, messageText(bytesOf(`${ids[1]}|${text}`))])
    expect(Buffer.concat(written).subarray(-bytesOf(text).length)).toEqual(bytesOf(text))
  },
)

test('what is sent in one turn leaves as whole frames, each with an id of its own', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const client = connect(port, '127.0.0.1')
  const [peer] = (await once(server, 'connection')) as [Socket]
  const frames = new SrfFrames({ onFrame: () => undefined })
  const ids = ['ping', 'sip||\r\nOPTIONS \u{1f4de}', 'route|invite'].map((text) =>
    frames.send(client, text),
  )
  expect(new Set(ids).size).toBe(3)
  const [chunk] = (await once(peer, 'data')) as [Buffer]
  expect(cut([chunk]).seen).toEqual([
    `${ids[0]}|ping`,
    `${ids[1]}|sip||\r\nOPTIONS \u{1f4de}`,
    `${ids[2]}|route|invite`,
  ])
  frames.send(client, 'last')
  frames.flush()
  client.destroySoon()
  const [last] = (await once(peer, 'data')) as [Buffer]
  expect(last.toString()).toContain('|last')
  server.close()
})

test('what waits for a connection that is gone is dropped', () => {
  const frames = new SrfFrames({ onFrame: () => undefined })
  const socket = { destroyed: true, write: () => expect.unreachable() }
  frames.send(socket as unknown as Socket, 'ping')
  frames.flush()
})
