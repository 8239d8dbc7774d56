import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { openOnLoopback, options, tcpPeer, udpPeer } from './support.ts'

test('a datagram of a banned source is dropped, one after its ban is taken', async () => {
  const banned = new Set(['127.0.0.1'])
  const { transport, arrivals, port } = await openOnLoopback(
    ['udp'],
    {},
    { isBanned: (at) => banned.has(at) },
  )
  const peer = await udpPeer()
  const request = options(`SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK1`)
  peer.socket.send(request, port, '127.0.0.1')
  await expect.poll(() => transport.stats.banned).toBe(1)
  expect(arrivals.length).toBe(0)
  banned.clear()
  peer.socket.send(request, port, '127.0.0.1')
  expect((await arrivals.next()).message.kind).toBe('request')
})

test('a banned source gets no connection, and loses the one it has', async () => {
  const banned = new Set<string>()
  const { transport, port } = await openOnLoopback(
    ['tcp'],
    {},
    { isBanned: (at) => banned.has(at) },
  )
  const before = await tcpPeer(port)
  banned.add('127.0.0.1')
  before.socket.write(options('SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK1'))
  await before.closed
  const after = connect(port, '127.0.0.1')
  after.on('error', () => undefined)
  await once(after, 'close')
  expect(transport.stats.banned).toBe(2)
  expect(transport.stats.messages).toBe(0)
})
