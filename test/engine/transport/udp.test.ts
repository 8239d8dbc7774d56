import { once } from 'node:events'
import { expect, test } from 'vitest'
import { firstHeader } from '../../../src/engine/message/headers.ts'
import { openTransport } from '../../../src/engine/transport/open.ts'
import type { Destination } from '../../../src/engine/transport/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { openOnLoopback, options, queue, udpPeer } from './support.ts'

const noError = () => undefined

function udp(port: number): Destination {
  return { protocol: 'udp', address: '127.0.0.1', port }
}

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const peer = await udpPeer()
  const { port, socket } = peer
  const closed = once(socket, 'close')
  socket.close()
  await closed
  socket.close = () => socket
  return port
}

test('a request is handed up with its source, its size and the truth in the top Via', async () => {
  const { arrivals, port } = await openOnLoopback(['udp'])
  const peer = await udpPeer()
  const text = options('SIP/2.0/UDP gate.example;branch=z9hG4bK1')
  peer.socket.send(text, port, '127.0.0.1')
  const arrival = await arrivals.next()
  expect(arrival.source).toEqual(udp(peer.port))
  expect(arrival.listener.port).toBe(port)
  expect(arrival.size).toBe(text.length)
  expect(firstHeader(arrival.message, 'Via')).toBe(
    `SIP/2.0/UDP gate.example;branch=z9hG4bK1;rport=${peer.port};received=127.0.0.1`,
  )
})

test('what is sent leaves from the port that we listen on, requests and responses alike', async () => {
  const { transport, port } = await openOnLoopback(['udp'])
  const peer = await udpPeer()
  transport.send(Buffer.from('OPTIONS sip:a SIP/2.0'), udp(peer.port), noError)
  expect(await peer.received.next()).toEqual({ text: 'OPTIONS sip:a SIP/2.0', port })
  transport.send(Buffer.from('SIP/2.0 200 OK'), udp(peer.port), noError)
  expect(await peer.received.next()).toEqual({ text: 'SIP/2.0 200 OK', port })
})

test('datagrams arrive the same before, while and after a destination has its own socket', async () => {
  const { transport, arrivals, clock, port } = await openOnLoopback(['udp'])
  const peer = await udpPeer()
  const other = await udpPeer()
  for (const stage of ['before', 'while', 'after']) {
    if (stage === 'while') {
      transport.send(Buffer.from('OPTIONS sip:a SIP/2.0'), udp(peer.port), noError)
      await peer.received.next()
    }
    if (stage === 'after') clock.advance(70_000)
    for (const { socket, port: from } of [peer, other]) {
      socket.send(options(`SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${stage}`), port, '127.0.0.1')
      expect((await arrivals.next()).source.port).toBe(from)
    }
  }
})

test('a request to a port that nobody listens on fails within milliseconds', async () => {
  const { transport } = await openOnLoopback(['udp'])
  const port = await deadPort()
  const errors = queue<Error>()
  transport.send(Buffer.from('INVITE sip:a SIP/2.0'), udp(port), errors.put)
  expect((await errors.next()).message).toContain('ECONNREFUSED')
})

test('each request is told of a refusal once, and a later one anew', async () => {
  const { transport } = await openOnLoopback(['udp'])
  const port = await deadPort()
  const errors = queue<string>()
  for (const name of ['first', 'second']) {
    transport.send(Buffer.from(`INVITE sip:${name} SIP/2.0`), udp(port), () => errors.put(name))
    expect(await errors.next()).toBe(name)
  }
  expect(errors.length).toBe(0)
})

test('a refusal is not blamed on what was sent long before', async () => {
  const { transport, clock } = await openOnLoopback(['udp'])
  const peer = await udpPeer()
  const errors = queue<string>()
  transport.send(Buffer.from('INVITE sip:old SIP/2.0'), udp(peer.port), () => errors.put('old'))
  await peer.received.next()
  const closed = once(peer.socket, 'close')
  peer.socket.close()
  await closed
  peer.socket.close = () => peer.socket
  clock.advance(600)
  transport.send(Buffer.from('INVITE sip:new SIP/2.0'), udp(peer.port), () => errors.put('new'))
  expect(await errors.next()).toBe('new')
  expect(errors.length).toBe(0)
})

test('more destinations than have sockets of their own are all served', async () => {
  const { transport, clock } = await openOnLoopback(['udp'], { udpPeersMax: 2 })
  const peers = await Promise.all([udpPeer(), udpPeer(), udpPeer()])
  for (const round of ['1', '2']) {
    for (const peer of peers) {
      clock.advance(1)
      transport.send(Buffer.from(`OPTIONS sip:${round} SIP/2.0`), udp(peer.port), noError)
      expect((await peer.received.next()).text).toContain(`sip:${round} `)
    }
  }
})

test('an answerable bad request is answered 400 and not handed up', async () => {
  const { transport, arrivals, port } = await openOnLoopback(['udp'])
  const peer = await udpPeer()
  const good = options(`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK1`, 'Subject: long\r\n')
  const bad = good.replace(/Call-ID.*\r\n/, '').replace('OPTIONS sip', 'OPTIONS sip')
  peer.socket.send(bad, port, '127.0.0.1')
  const answer = (await peer.received.next()).text
  expect(answer).toMatch(/^SIP\/2\.0 400 Missing Call-ID\r\n/)
  expect(answer).toMatch(/\r\nTo: <sip:gate@127\.0\.0\.1>;tag=[0-9a-f]{8}\r\n/)
  expect(answer.length).toBeLessThanOrEqual(bad.length)
  expect(arrivals.length).toBe(0)
  expect(transport.stats).toMatchObject({ refused: 1, dropped: 0, messages: 0 })
})

test('bad ACKs, responses, noise and keep-alives are not answered', async () => {
  const { transport, arrivals, port } = await openOnLoopback(['udp'])
  const peer = await udpPeer()
  const via = `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK1`
  const silent = [
    options(via).replaceAll('OPTIONS', 'ACK').replace('1 ACK', '1 BYE'),
    options(via).replace('OPTIONS sip:gate@127.0.0.1 SIP/2.0', 'SIP/2.0 200 OK').replace('a1', '"'),
    'this is not sip, nor anything else',
    '\r\n\r\n',
    '\0',
    '',
  ]
  for (const text of silent) peer.socket.send(text, port, '127.0.0.1')
  // Loopback keeps order, so once the good one is answered for the others have been judged.
  peer.socket.send(options(via), port, '127.0.0.1')
  await arrivals.next()
  expect(peer.received.length).toBe(0)
  expect(transport.stats).toMatchObject({ refused: 0, dropped: 3, keepAlives: 3, messages: 1 })
})

test('a second transport on the same address and port is refused', async () => {
  const { port } = await openOnLoopback(['udp'])
  const second = openTransport({
    listeners: [{ protocol: 'udp', address: '127.0.0.1', port }],
    clock: new FakeClock(),
    events: { onMessage: noError },
  })
  await expect(second).rejects.toThrow('EADDRINUSE')
})

test('closing right after sending still sends, and frees the port', async () => {
  const { transport, port } = await openOnLoopback(['udp'])
  const peer = await udpPeer()
  transport.send(Buffer.from('BYE sip:a SIP/2.0'), udp(peer.port), noError)
  await transport.close()
  expect((await peer.received.next()).text).toBe('BYE sip:a SIP/2.0')
  const listeners = [{ protocol: 'udp' as const, address: '127.0.0.1', port }]
  const next = { listeners, clock: new FakeClock(), events: { onMessage: noError } }
  await (await openTransport(next)).close()
})

test('sending to nowhere or after closing fails later and never throws', async () => {
  const { transport } = await openOnLoopback(['udp'])
  const errors = queue<Error>()
  const bytes = Buffer.from('OPTIONS sip:a SIP/2.0')
  transport.send(bytes, udp(0), errors.put)
  transport.send(bytes, { ...udp(5060), address: 'a.example' }, errors.put)
  transport.send(bytes, { ...udp(5060), protocol: 'tcp' }, errors.put)
  transport.send(Buffer.alloc(66_000, 'S'), udp(5060), errors.put)
  await transport.close()
  transport.send(bytes, udp(5060), errors.put)
  for (let count = 0; count < 5; count++) expect(await errors.next()).toBeInstanceOf(Error)
})
