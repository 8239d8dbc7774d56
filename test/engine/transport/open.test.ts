import { expect, test } from 'vitest'
import { chooseListener } from '../../../src/engine/transport/listener-choice.ts'
import { openTransport } from '../../../src/engine/transport/open.ts'
import type { Listener, Protocol } from '../../../src/engine/transport/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { openOnLoopback } from './support.ts'

function listener(protocol: Protocol, address: string, port = 5060): Listener {
  return { protocol, address, port, host: address }
}

test('a message leaves from the address most like its destination, else from the first', () => {
  const all = [
    listener('tcp', '10.1.2.3'),
    listener('udp', '127.0.0.1'),
    listener('udp', '10.1.9.9'),
    listener('udp', '10.1.2.9'),
    listener('udp', '10.1.2.9', 5062),
  ]
  const to = (address: string, protocol: Protocol = 'udp') =>
    chooseListener(all, { protocol, address, port: 5060 })
  expect(to('10.1.2.3')).toBe(all[3])
  expect(to('10.1.3.3')).toBe(all[2])
  expect(to('192.0.2.1')).toBe(all[1])
  expect(to('192.0.2.1', 'tcp')).toBe(all[0])
  expect(chooseListener(all.slice(1), { protocol: 'tcp', address: '10.1.2.3', port: 1 })).toBe(
    undefined,
  )
})

test('listeners have their real ports and the host to write about them', async () => {
  const { transport } = await openOnLoopback(['udp', 'tcp'])
  expect(transport.listeners.map(({ protocol, host }) => ({ protocol, host }))).toEqual([
    { protocol: 'udp', host: '127.0.0.1' },
    { protocol: 'tcp', host: '127.0.0.1' },
  ])
  for (const { port } of transport.listeners) expect(port).toBeGreaterThan(0)
})

test('when one listener can not be opened none is', async () => {
  const { ports } = await openOnLoopback(['tcp'])
  const free = { protocol: 'tcp', address: '127.0.0.1', port: 0 } as const
  const clock = new FakeClock()
  const events = { onMessage: () => undefined }
  const listeners = [free, { ...free, protocol: 'udp' as const }, { ...free, port: ports[0] ?? 0 }]
  await expect(openTransport({ listeners, clock, events })).rejects.toThrow('EADDRINUSE')
  expect(clock.pendingCount).toBe(0)
})

test('a wildcard listener is written about as an address, or as it is told', async () => {
  const settings = { protocol: 'udp', address: '0.0.0.0', port: 0 } as const
  const transport = await openTransport({
    listeners: [settings, { ...settings, host: 'gate.example' }],
    clock: new FakeClock(),
    events: { onMessage: () => undefined },
  })
  const [own, told] = transport.listeners
  expect(own?.host).toMatch(/^(?!0\.0\.0\.0)\d+\.\d+\.\d+\.\d+$/)
  expect(told?.host).toBe('gate.example')
  await transport.close()
})
