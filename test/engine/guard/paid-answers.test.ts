import { expect, test } from 'vitest'
import { FloodGuard } from '../../../src/engine/guard/flood-guard.ts'
import type { FloodLimits } from '../../../src/engine/guard/flood-limits.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { openOnLoopback, options, udpPeer } from '../transport/support.ts'

const noError = () => undefined

async function open(limits: Partial<FloodLimits> = {}) {
  const clock = new FakeClock()
  const floodgate = new FloodGuard(clock, countedRandom(), { limits })
  const { transport, arrivals, port } = await openOnLoopback(['udp'], {}, { clock, floodgate })
  const peer = await udpPeer()
  const to = { protocol: 'udp', address: '127.0.0.1', port: peer.port } as const
  return {
    transport,
    port,
    peer,
    send: (text: string) => transport.send(Buffer.from(text), to, noError),
    /** The peer's request arrives. */
    ask: async () => {
      const via = `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK1`
      const request = options(via)
      peer.socket.send(request, port, '127.0.0.1')
      await arrivals.next()
      return request.length
    },
  }
}

test('what a peer sends that we have sent to is paid for as well', async () => {
  const { send, peer, ask, transport } = await open()
  send('OPTIONS sip:a SIP/2.0\r\n\r\n')
  await peer.received.next()
  await ask()
  send('SIP/2.0 200 OK\r\n\r\n')
  expect((await peer.received.next()).text).toBe('SIP/2.0 200 OK\r\n\r\n')
  expect(transport.stats.unpaid).toBe(0)
})

test('what nobody has asked for is not sent, and counted', async () => {
  const { send, transport } = await open()
  send('SIP/2.0 200 OK\r\n\r\n')
  expect(transport.stats.unpaid).toBe(1)
})

test('what is too long is said in fewer bytes, without what may be missed', async () => {
  const { send, peer, ask } = await open()
  const size = await ask()
  const name = 'x'.repeat(size)
  const head = 'SIP/2.0 100 Trying\r\n'
  send(`${head}Via: v\r\nServer: ${name}\r\nContact: c\r\nWarning: w\r\nContent-Length: 0\r\n\r\n`)
  expect((await peer.received.next()).text).toBe(`${head}v:v\r\nm:c\r\nWarning: w\r\n\r\n`)
})

test('what a peer sends that we have sent to is dropped unread beyond its rate', async () => {
  const { send, peer, transport, port } = await open({ strangerPerS: 1, strangerBurst: 3 })
  send('OPTIONS sip:a SIP/2.0\r\n\r\n')
  await peer.received.next()
  for (let nth = 0; nth < 10; nth++) peer.socket.send('x'.repeat(20), port, '127.0.0.1')
  await expect.poll(() => transport.stats.flooded).toBe(7)
})
