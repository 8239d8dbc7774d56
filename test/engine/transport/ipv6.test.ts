import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstHeader } from '../../../src/engine/message/headers.ts'
import { hostOf, unbracketed } from '../../../src/engine/message/host-port.ts'
import { addressBytes, canonicalHost } from '../../../src/engine/transport/address-bytes.ts'
import { isWildcard } from '../../../src/engine/transport/advertised-host.ts'
import { chooseListener } from '../../../src/engine/transport/listener-choice.ts'
import { openTransport } from '../../../src/engine/transport/open.ts'
import { responseDestination } from '../../../src/engine/transport/received.ts'
import type { Arrival, Listener, Protocol } from '../../../src/engine/transport/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { openOnLoopback, options, queue, tcpPeer, udpPeer } from './support.ts'

const noError = () => undefined

type RequestArrival = Arrival & { message: { kind: 'request' } }

function listener(protocol: Protocol, address: string): Listener {
  return { protocol, address, port: 5060, host: hostOf(address) }
}

test('a datagram over IPv6 is stamped, handed up and answered', async () => {
  const { transport, arrivals, port } = await openOnLoopback(['udp'], {}, { address: '::1' })
  const peer = await udpPeer('::1')
  peer.socket.send(options('SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK1'), port, '::1')
  const arrival = (await arrivals.next()) as RequestArrival
  expect(arrival.listener.host).toBe('[::1]')
  // RFC 3261 25.1: `received` has no brackets.
  expect(firstHeader(arrival.message, 'Via')).toBe(
    `SIP/2.0/UDP [2001:db8::9];branch=z9hG4bK1;rport=${peer.port};received=::1`,
  )
  transport.send(Buffer.from('SIP/2.0 200 OK'), responseDestination(arrival), noError)
  expect((await peer.received.next()).text).toBe('SIP/2.0 200 OK')
})

test('a sender that is where its Via says needs no received, however it spells its address', async () => {
  const { arrivals, port } = await openOnLoopback(['tcp'], {}, { address: '::1' })
  const peer = await tcpPeer(port, '::1')
  for (const spelled of ['[::1]', '[0:0:0:0:0:0:0:1]', '[0::0001]']) {
    peer.socket.write(options(`SIP/2.0/TCP ${spelled}:5070;branch=z9hG4bK1`))
    const { message } = await arrivals.next()
    expect(firstHeader(message, 'Via')).toBe(`SIP/2.0/TCP ${spelled}:5070;branch=z9hG4bK1`)
  }
})

test('a request to a port over IPv6 where nobody listens fails within milliseconds', async () => {
  const { transport } = await openOnLoopback(['udp'], {}, { address: '::1' })
  const errors = queue<string>()
  const to = { protocol: 'udp', address: '::1', port: 9 } as const
  transport.send(Buffer.from('INVITE sip:a SIP/2.0'), to, ({ message }) => errors.put(message))
  expect(await errors.next()).toContain('ECONNREFUSED')
})

test('a message leaves over TCP for an IPv6 address, and never from a socket of the other family', async () => {
  const { transport } = await openOnLoopback(['tcp'], {}, { address: '::1' })
  const far = await openOnLoopback(['tcp'], {}, { address: '::1' })
  const request = Buffer.from(options('SIP/2.0/TCP [::1]:5070;branch=z9hG4bK1'))
  transport.send(request, { protocol: 'tcp', address: '::1', port: far.port }, noError)
  expect((await far.arrivals.next()).source.address).toBe('::1')
  const errors = queue<string>()
  const v4 = { protocol: 'tcp', address: '127.0.0.1', port: 9 } as const
  expect(transport.listenerFor(v4)).toBeUndefined()
  transport.send(request, v4, ({ message }) => errors.put(message))
  expect(await errors.next()).toBe('No listener for that')
})

test('a message leaves from the address with the longest equal prefix of its family', () => {
  const all = [
    listener('udp', '10.0.0.1'),
    listener('udp', '::1'),
    listener('udp', '2001:db8:0:1::1'),
    listener('udp', '2001:db8:0:4::1'),
    listener('tcp', '2001:db8:0:5::1'),
  ]
  const from = (address: string) => chooseListener(all, { protocol: 'udp', address, port: 1 })
  expect(from('2001:db8:0:5::9')).toBe(all[3])
  expect(from('2001:DB8::2')).toBe(all[2])
  expect(from('::1')).toBe(all[1])
  expect(from('10.9.9.9')).toBe(all[0])
  expect(chooseListener(all.slice(1), { protocol: 'udp', address: '10.0.0.1', port: 1 })).toBe(
    undefined,
  )
})

test('listeners on all addresses of both families share a port, each with its own name', async () => {
  const clock = new FakeClock()
  const events = { onMessage: () => undefined }
  const any = { protocol: 'tcp', address: '::', port: 0 } as const
  const first = await openTransport({ listeners: [any], clock, events })
  const port = first.listeners[0]?.port ?? 0
  expect(first.listeners[0]?.host).toMatch(/^\[(?!::\])[0-9a-f:]+\]$/)
  const listeners = [{ ...any, address: '0.0.0.0', port, host: 'gate.example' }]
  const second = await openTransport({ listeners, clock, events })
  expect(second.listeners[0]?.host).toBe('gate.example')
  await first.close()
  await second.close()
})

test('an address has one reading in bytes, and brackets come and go', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      expect(isIPv6(address)).toBe(true)
      const bytes = addressBytes(address)
      expect(bytes?.length).toBe(16)
      const canonical = unbracketed(new URL(`http://[${address}]`).hostname)
      expect(addressBytes(canonical)).toEqual(bytes)
      expect(addressBytes(canonicalHost(`[${address.toUpperCase()}]`))).toEqual(bytes)
      expect(canonicalHost(canonical)).toBe(canonicalHost(address))
      expect(unbracketed(hostOf(address))).toBe(address)
    }),
  )
})

test('a zone stays out of what others read', () => {
  expect(hostOf('fe80::1%eth0')).toBe('[fe80::1]')
  expect(addressBytes('fe80::1%eth0')).toEqual(addressBytes('fe80::1'))
  expect(canonicalHost('FE80::1%eth0')).toBe('fe80::1%eth0')
  expect(canonicalHost('Gate.Example')).toBe('gate.example')
  expect(canonicalHost('[gate]')).toBe('gate')
  expect(addressBytes('127.0.0.1')).toBeUndefined()
  expect(isWildcard('::')).toBe(true)
  expect(isWildcard('toString')).toBe(false)
})
