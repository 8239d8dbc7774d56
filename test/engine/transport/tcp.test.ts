import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { firstHeader } from '../../../src/engine/message/headers.ts'
import { responseDestination } from '../../../src/engine/transport/received.ts'
import type { Arrival, Destination } from '../../../src/engine/transport/types.ts'
import { openOnLoopback, options, queue, tcpPeer, textUntil } from './support.ts'

const noError = () => undefined
const via = 'SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK1'

function tcp(port: number): Destination {
  return { protocol: 'tcp', address: '127.0.0.1', port }
}

/** A server on loopback with its accepted sockets in a queue. */
async function tcpServer() {
  const sockets = queue<import('node:net').Socket>()
  const server = createServer(sockets.put)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return { sockets, server, port: address && typeof address === 'object' ? address.port : 0 }
}

test('an answer goes over the connection that the request came by', async () => {
  const { transport, arrivals, port } = await openOnLoopback(['tcp'])
  const peer = await tcpPeer(port)
  peer.socket.write(options(via))
  const arrival = (await arrivals.next()) as Arrival & { message: { kind: 'request' } }
  expect(firstHeader(arrival.message, 'Via')).toBe(via)
  transport.send(Buffer.from('SIP/2.0 200 OK\r\n\r\n'), responseDestination(arrival), noError)
  expect(await peer.text('\r\n\r\n')).toBe('SIP/2.0 200 OK\r\n\r\n')
})

test('messages to one destination share a connection, and its answers arrive', async () => {
  const { transport, arrivals } = await openOnLoopback(['tcp'])
  const { sockets, port } = await tcpServer()
  transport.send(Buffer.from('one.'), tcp(port), noError)
  transport.send(Buffer.from('two.'), tcp(port), noError)
  const socket = await sockets.next()
  expect(await textUntil(socket, 'two.')).toBe('one.two.')
  socket.write(options(via))
  expect((await arrivals.next()).source).toEqual(tcp(port))
  expect(sockets.length).toBe(0)
  socket.destroy()
})

test('when its connection is gone an answer goes to the sent-by port on a new one', async () => {
  const { transport, arrivals, port } = await openOnLoopback(['tcp'])
  const { sockets, port: sentBy } = await tcpServer()
  const peer = await tcpPeer(port)
  peer.socket.write(options(`SIP/2.0/TCP 127.0.0.1:${sentBy};branch=z9hG4bK1`))
  const arrival = (await arrivals.next()) as Arrival & { message: { kind: 'request' } }
  peer.socket.end()
  await peer.closed
  transport.send(Buffer.from('answer.'), responseDestination(arrival), noError)
  const socket = await sockets.next()
  expect(await textUntil(socket, '.')).toBe('answer.')
  socket.destroy()
})

test('a refused connection fails each message queued on it exactly once, at once', async () => {
  const { transport } = await openOnLoopback(['tcp'])
  const { server, port } = await tcpServer()
  server.close()
  await once(server, 'close')
  const errors = queue<string>()
  for (const name of ['one', 'two']) {
    transport.send(Buffer.from(name), tcp(port), (cause) => errors.put(`${name} ${cause.message}`))
  }
  expect(await errors.next()).toMatch(/^one .*ECONNREFUSED/)
  expect(await errors.next()).toMatch(/^two .*ECONNREFUSED/)
  expect(errors.length).toBe(0)
})

test('a connection that does not come about in time fails what is queued on it', async () => {
  const { transport, clock } = await openOnLoopback(['tcp'])
  const { port } = await tcpServer()
  const errors = queue<string>()
  transport.send(Buffer.from('x'), tcp(port), (cause) => errors.put(cause.message))
  clock.advance(4_000)
  expect(await errors.next()).toBe('Connect timed out')
})

test('a message that the peer answers with a reset has failed', async () => {
  const { transport } = await openOnLoopback(['tcp'])
  const { sockets, port } = await tcpServer()
  const errors = queue<string>()
  transport.send(Buffer.from('x'), tcp(port), (cause) => errors.put(cause.message))
  const socket = await sockets.next()
  await once(socket.resume(), 'data')
  socket.resetAndDestroy()
  expect(await errors.next()).toContain('ECONNRESET')
})

test('a peer that reads nothing is cut off when its share of memory is full', async () => {
  const { transport } = await openOnLoopback(['tcp'], { writeBufferBytes: 4_096 })
  const { sockets, port } = await tcpServer()
  const errors = queue<string>()
  transport.send(Buffer.from('x'), tcp(port), noError)
  const socket = await sockets.next()
  socket.pause()
  const bytes = Buffer.alloc(8 * 1024 * 1024)
  transport.send(bytes, tcp(port), (cause) => errors.put(cause.message))
  expect(await errors.next()).toContain('does not read')
  socket.destroy()
})

test('a double CRLF is answered with one CRLF', async () => {
  const { transport, port } = await openOnLoopback(['tcp'])
  const peer = await tcpPeer(port)
  peer.socket.write('\r\n\r\n')
  expect(await peer.text('\r\n')).toBe('\r\n')
  expect(transport.stats.keepAlives).toBe(1)
})

test('a bad request in a followable stream is answered and the next one is read', async () => {
  const { arrivals, port } = await openOnLoopback(['tcp'])
  const peer = await tcpPeer(port)
  const more = 'Subject: some longer text\r\n'
  peer.socket.write(options(via, more).replace('Max-Forwards: 70', 'Max-Forwards: -1'))
  expect(await peer.text('\r\n\r\n')).toMatch(/^SIP\/2\.0 400 Bad Max-Forwards\r\n/)
  peer.socket.write(options(via))
  expect((await arrivals.next()).message.kind).toBe('request')
})

test('a stream that can not be followed is answered and closed', async () => {
  const { arrivals, port } = await openOnLoopback(['tcp'])
  const peer = await tcpPeer(port)
  const more = 'Subject: some longer text that makes room for the reason\r\n'
  peer.socket.write(options(via, more).replace('Content-Length: 0', 'Content-Length: -1'))
  peer.socket.write(options(via))
  expect(await peer.text('\r\n\r\n')).toMatch(/^SIP\/2\.0 400 /)
  peer.socket.resume()
  await peer.closed
  expect(arrivals.length).toBe(0)
})

test('connections beyond the limit for one source are closed at once', async () => {
  const { transport, arrivals, port } = await openOnLoopback(['tcp'], {
    connectionsPerSourceMax: 1,
  })
  const first = await tcpPeer(port)
  first.socket.write(options(via))
  await arrivals.next()
  const second = await tcpPeer(port)
  await second.closed
  expect(transport.stats.connectionsRefused).toBe(1)
  first.socket.write(options(via))
  await arrivals.next()
  first.socket.end()
  await first.closed
  const third = await tcpPeer(port)
  third.socket.write(options(via))
  await arrivals.next()
})

test('a connection is closed when its first message or the rest of one does not come', async () => {
  const { arrivals, clock, port } = await openOnLoopback(['tcp'])
  const silent = await tcpPeer(port)
  const halting = await tcpPeer(port)
  const honest = await tcpPeer(port)
  halting.socket.write(`${options(via)}OPTIONS`)
  honest.socket.write(options(via))
  await arrivals.next()
  await arrivals.next()
  clock.advance(35_000)
  await silent.closed
  await halting.closed
  honest.socket.write(options(via))
  await arrivals.next()
  clock.advance(1_805_000)
  await honest.closed
})

test('a busy connection is no stalled one, though what is read of it always ends within a message', async () => {
  const { transport, arrivals, clock, port } = await openOnLoopback(['tcp'])
  const busy = await tcpPeer(port)
  const text = options(via)
  const half = text.length >> 1
  busy.socket.write(text.slice(0, half))
  for (let nth = 0; nth < 10; nth++) {
    busy.socket.write(text.slice(half) + text.slice(0, half))
    const { connection = 0 } = await arrivals.next()
    clock.advance(10_000)
    expect(transport.isConnected(connection)).toBe(true)
  }
  clock.advance(35_000)
  await busy.closed
})

test('closing sends what is queued, ends every connection and frees the port', async () => {
  const { transport, port } = await openOnLoopback(['tcp'])
  const { sockets, port: far } = await tcpServer()
  const peer = await tcpPeer(port)
  transport.send(Buffer.from('last.'), tcp(far), noError)
  const socket = await sockets.next()
  const text = textUntil(socket, '.')
  await transport.close()
  expect(await text).toBe('last.')
  await peer.closed
  const refused = await tcpPeer(port).catch((cause: NodeJS.ErrnoException) => cause.code)
  expect(refused).toBe('ECONNREFUSED')
})

test('keep-alives do not pay for the first message', async () => {
  const { arrivals, clock, port } = await openOnLoopback(['tcp'])
  const pinging = await tcpPeer(port)
  pinging.socket.write('\r\n\r\n')
  expect(await pinging.text('\r\n')).toBe('\r\n')
  const honest = await tcpPeer(port)
  honest.socket.write(options(via))
  await arrivals.next()
  clock.advance(35_000)
  pinging.socket.resume()
  await pinging.closed
  honest.socket.write(options(via))
  await arrivals.next()
})

test('keep-alives keep a connection open, but not for ever', async () => {
  const { arrivals, clock, port } = await openOnLoopback(['tcp'])
  const peer = await tcpPeer(port)
  peer.socket.write(options(via))
  await arrivals.next()
  for (const _ of [1, 2, 3, 4]) {
    clock.advance(1_795_000)
    peer.socket.write('\r\n\r\n')
    expect(await peer.text('\r\n')).toBe('\r\n')
  }
  peer.socket.resume()
  clock.advance(25_000)
  await peer.closed
})

/** A connection of ours, open, with what a server sees of it. */
async function flow() {
  const opened = await openOnLoopback(['tcp'])
  const { sockets, port } = await tcpServer()
  opened.transport.send(Buffer.from('hello.'), tcp(port), noError)
  const socket = await sockets.next()
  onTestFinished(() => void socket.destroy())
  await textUntil(socket, 'hello.')
  const closed = once(socket, 'close')
  return { ...opened, socket, closed, ping: () => textUntil(socket, '\r\n\r\n') }
}

/** Until what was written on loopback has been read. */
async function untilRead(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a silent connection of ours is pinged, and cut off by who has answered before and does not', async () => {
  const { clock, socket, closed, ping } = await flow()
  clock.advance(90_000)
  clock.advance(5_000)
  expect(await ping()).toBe('\r\n\r\n')
  socket.write('\r\n')
  await untilRead()
  clock.advance(95_000)
  expect(await ping()).toBe('\r\n\r\n')
  socket.resume()
  clock.advance(10_000)
  await closed
})

test('a server that knows of no pings is pinged on and on, and not cut off', async () => {
  const { transport, arrivals, clock, socket, ping } = await flow()
  for (let nth = 0; nth < 3; nth++) {
    clock.advance(105_000)
    expect(await ping()).toBe('\r\n\r\n')
    // A message is no pong.
    socket.write(options(via))
    const { connection = 0 } = await arrivals.next()
    expect(transport.isConnected(connection)).toBe(true)
  }
})

test('a message that comes byte by byte is given up, however steadily it comes', async () => {
  const { arrivals, clock, port } = await openOnLoopback(['tcp'])
  const slow = await tcpPeer(port)
  slow.socket.write(options(via))
  await arrivals.next()
  const witness = await tcpPeer(port)
  for (const byte of 'OPTIONS sip:gate') {
    slow.socket.write(byte)
    // What the witness sent later has come: so has the byte.
    witness.socket.write(options(via))
    await arrivals.next()
    clock.advance(5_000)
  }
  await slow.closed
})
