import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { responseDestination } from '../../../src/engine/transport/received.ts'
import type { Arrival } from '../../../src/engine/transport/types.ts'
import { ca, own } from './secure-support.ts'
import { openOnLoopback, options, queue, tcpPeer } from './support.ts'

const noError = () => undefined
const answer = 'SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'

type RequestArrival = Arrival & { message: { kind: 'request' } }

function via(protocol: 'ws' | 'wss'): string {
  return `SIP/2.0/${protocol.toUpperCase()} df7jal23ls0d.invalid;branch=z9hG4bK1`
}

function open(
  protocol: 'ws' | 'wss',
  more: Parameters<typeof openOnLoopback>[2] = {},
  limits = {},
) {
  return openOnLoopback([protocol], limits, { tls: own, ...more })
}

/** A client, its handshake done, with what it receives in a queue. */
async function page(url: string, subprotocols: string[] = ['sip'], more: ClientOptions = {}) {
  const socket = new WebSocket(url, subprotocols, { ca: ca.pem, ...more })
  const received = queue<{ text: string; binary: boolean }>()
  const pings = queue<string>()
  socket.on('message', (data, binary) => received.put({ text: String(data), binary }))
  socket.on('ping', () => pings.put('ping'))
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(([code]) => Number(code))
  onTestFinished(() => socket.terminate())
  await Promise.race([once(socket, 'open'), closed.then(() => Promise.reject(new Error('closed')))])
  return { socket, received, pings, closed }
}

/** The status that a handshake is refused with. */
async function statusOf(url: string, subprotocols: string[], more: ClientOptions = {}) {
  const socket = new WebSocket(url, subprotocols, { ca: ca.pem, ...more })
  socket.on('error', () => undefined)
  const [, response] = await once(socket, 'unexpected-response')
  return response.statusCode
}

test.each([
  ['ws', '127.0.0.1', false],
  ['ws', '::1', true],
  ['wss', '127.0.0.1', true],
  ['wss', '::1', false],
] as const)(
  'over %s at %s a request (binary: %s) is answered over its socket',
  async (protocol, address, binary) => {
    const { transport, arrivals, port } = await open(protocol, { address })
    const host = address.includes(':') ? `[${address}]` : address
    const { socket, received } = await page(`${protocol}://${host}:${port}`)
    expect(socket.protocol).toBe('sip')
    const request = options(via(protocol))
    socket.send(binary ? Buffer.from(request) : request)
    const arrival = (await arrivals.next()) as RequestArrival
    expect(arrival.source).toMatchObject({ protocol, address })
    transport.send(Buffer.from(answer), responseDestination(arrival), noError)
    expect(await received.next()).toEqual({ text: answer, binary: false })
    transport.send(Buffer.from([0xff, 0xfe]), arrival.source, noError)
    expect((await received.next()).binary).toBe(true)
  },
)

test('a message needs no Content-Length, and two need two frames', async () => {
  const { arrivals, port } = await open('ws')
  const { socket } = await page(`ws://127.0.0.1:${port}`)
  socket.send(`${options(via('ws')).replace('Content-Length: 0\r\n', '')}body`)
  const { message } = await arrivals.next()
  expect(message.body.toString()).toBe('body')
})

test('a client certificate is handed up over secure WebSockets as well', async () => {
  const tls = { ...own, clientCertificates: 'optional', clientCa: ca.pem } as const
  const { arrivals, port } = await open('wss', { tls })
  const { certificate: cert, key } = await ca.issue('URI:sip:pbx.example')
  const { socket } = await page(`wss://127.0.0.1:${port}`, ['sip'], { cert, key })
  socket.send(options(via('wss')))
  expect((await arrivals.next()).certificate?.verifiedNames).toEqual(['pbx.example'])
})

test('only who speaks the subprotocol sip comes in', async () => {
  const { transport, port } = await open('ws')
  const url = `ws://127.0.0.1:${port}`
  expect(await statusOf(url, [])).toBe(400)
  expect(await statusOf(url, ['chat', 'xmpp'])).toBe(400)
  await page(url, ['chat', 'sip'])
  await expect.poll(() => transport.stats.handshakesFailed).toBe(2)
})

test('pages of other origins are kept out where origins are listed', async () => {
  const { port } = await open('ws', { webSocketOrigins: ['https://Phone.example'] })
  const url = `ws://127.0.0.1:${port}`
  expect(await statusOf(url, ['sip'], { origin: 'https://evil.example' })).toBe(403)
  await page(url, ['sip'], { origin: 'https://phone.example' })
  await page(url)
})

test('what asks for a page instead is told what to ask for, and closed', async () => {
  const { port } = await open('ws')
  const peer = await tcpPeer(port)
  peer.socket.write('GET / HTTP/1.1\r\nHost: gate\r\n\r\n')
  expect(await peer.text('\r\n\r\n')).toMatch(/^HTTP\/1\.1 426 /)
  peer.socket.resume()
  await peer.closed
})

test('a head without end is not kept', async () => {
  const { transport, port } = await open('ws')
  const peer = await tcpPeer(port)
  peer.socket.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`)
  peer.socket.resume()
  await peer.closed
  expect(transport.stats.handshakesFailed).toBe(1)
})

test('a double CRLF and a ping are answered, a single CRLF is not', async () => {
  const { transport, port } = await open('ws')
  const { socket, received } = await page(`ws://127.0.0.1:${port}`)
  socket.send('\r\n')
  socket.send('\r\n\r\n')
  expect((await received.next()).text).toBe('\r\n')
  socket.ping()
  await once(socket, 'pong')
  expect(received.length).toBe(0)
  expect(transport.stats.keepAlives).toBe(1)
})

test('a bad request is answered in a frame, and the next one is read', async () => {
  const { arrivals, port } = await open('ws')
  const { socket, received } = await page(`ws://127.0.0.1:${port}`)
  socket.send(options(via('ws'), 'Subject: longer text\r\n').replace('70', '-1'))
  expect((await received.next()).text).toMatch(/^SIP\/2\.0 400 Bad Max-Forwards\r\n/)
  socket.send(options(via('ws')))
  await arrivals.next()
})

test('a message larger than SIP has closes the socket before it is kept', async () => {
  const { arrivals, port } = await open('ws')
  const { socket, closed } = await page(`ws://127.0.0.1:${port}`)
  socket.send(Buffer.alloc(65_536))
  expect(await closed).toBe(1009)
  expect(arrivals.length).toBe(0)
})

test('nobody but its client can open a WebSocket: without one a message fails', async () => {
  const { transport, arrivals, port } = await open('ws')
  const { socket, closed } = await page(`ws://127.0.0.1:${port}`)
  socket.send(options(via('ws')))
  const { source } = await arrivals.next()
  socket.close()
  await closed
  const errors = queue<string>()
  transport.send(Buffer.from('x'), source, ({ message }) => errors.put(message))
  expect(await errors.next()).toContain('only its client')
})

test('a handshake that does not come to an end in time is closed', async () => {
  const { transport, clock, port } = await open('ws')
  const silent = connect(port, '127.0.0.1')
  const closed = once(silent, 'close')
  silent.write('GET / HTTP/1.1\r\n')
  // Accepted after it, so that its time runs.
  await page(`ws://127.0.0.1:${port}`)
  clock.advance(8_000)
  await closed
  expect(transport.stats.handshakesFailed).toBe(1)
})

test('a client that sends no first message, or no end of one, is closed', async () => {
  const { arrivals, clock, port } = await open('ws')
  const silent = await page(`ws://127.0.0.1:${port}`)
  silent.socket.ping()
  await once(silent.socket, 'pong')
  const halting = await page(`ws://127.0.0.1:${port}`)
  halting.socket.send(options(via('ws')))
  await arrivals.next()
  halting.socket.send('OPTIONS', { fin: false })
  const honest = await page(`ws://127.0.0.1:${port}`)
  honest.socket.send(options(via('ws')))
  await arrivals.next()
  clock.advance(35_000)
  await silent.closed
  await halting.closed
  expect(honest.socket.readyState).toBe(WebSocket.OPEN)
})

test('a silent client is pinged, and closed when it does not answer', async () => {
  const { arrivals, clock, port } = await open('ws')
  const { socket, pings } = await page(`ws://127.0.0.1:${port}`)
  const deaf = await page(`ws://127.0.0.1:${port}`, ['sip'], { autoPong: false })
  for (const one of [socket, deaf.socket]) {
    one.send(options(via('ws')))
    await arrivals.next()
  }
  clock.advance(45_000)
  await pings.next()
  await deaf.pings.next()
  socket.send(options(via('ws')))
  await arrivals.next()
  clock.advance(10_000)
  await deaf.closed
  expect(socket.readyState).toBe(WebSocket.OPEN)
})

test('closing says goodbye', async () => {
  const { transport, port } = await open('ws')
  const { closed } = await page(`ws://127.0.0.1:${port}`)
  await transport.close()
  expect(await closed).toBe(1001)
})
