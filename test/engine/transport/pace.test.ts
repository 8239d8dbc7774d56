import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { FloodGuard } from '../../../src/engine/guard/flood-guard.ts'
import type { FloodLimits } from '../../../src/engine/guard/flood-limits.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { openOnLoopback, options, tcpPeer } from './support.ts'

const via = (nth: number) => `SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK${nth}`

async function open(limits: Partial<FloodLimits>, protocol: 'tcp' | 'ws' = 'tcp') {
  const clock = new FakeClock()
  const floodgate = new FloodGuard(clock, countedRandom(), { limits })
  return { ...(await openOnLoopback([protocol], {}, { clock, floodgate })), clock }
}

/** A client over this protocol: what it does to send one message. */
async function sender(protocol: 'tcp' | 'ws', port: number): Promise<(text: string) => void> {
  if (protocol === 'tcp') {
    const { socket } = await tcpPeer(port)
    return (text) => void socket.write(text)
  }
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['sip'])
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return (text) => socket.send(text)
}

test.each(['tcp', 'ws'] as const)(
  'what comes too fast over %s is read later, and none of it is lost',
  async (protocol) => {
    const limits = { streamPerS: 10, streamBurst: 10 }
    const { transport, arrivals, clock, port } = await open(limits, protocol)
    const send = await sender(protocol, port)
    for (let nth = 0; nth < 11; nth++) send(options(via(nth)))
    for (let nth = 0; nth < 11; nth++) await arrivals.next()
    expect(transport.stats.paced).toBe(1)
    send(options(via(11)))
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(arrivals.length).toBe(0)
    clock.advance(100)
    expect((await arrivals.next()).message.kind).toBe('request')
  },
)

test('what one source sends too fast over a WebSocket is not read on its other connections either', async () => {
  const { arrivals, clock, port } = await open({ streamPerS: 10, streamBurst: 2 }, 'ws')
  const [one, other] = [await sender('ws', port), await sender('ws', port)]
  for (let nth = 0; nth < 3; nth++) one(options(via(nth)))
  for (let nth = 0; nth < 3; nth++) await arrivals.next()
  // The first one tells it that there is nothing left; the second waits.
  other(options(via(3)))
  await arrivals.next()
  other(options(via(4)))
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(arrivals.length).toBe(0)
  clock.advance(200)
  await arrivals.next()
})

test('connections beyond the rate of their source are closed at once', async () => {
  const { transport, clock, port } = await open({ connectionsPerS: 1, connectionsBurst: 2 })
  await tcpPeer(port)
  await tcpPeer(port)
  const third = connect(port, '127.0.0.1')
  onTestFinished(() => void third.destroy())
  third.on('error', () => undefined)
  await once(third, 'close')
  expect(transport.stats.connectionsRefused).toBe(1)
  clock.advance(1_000)
  const peer = await tcpPeer(port)
  peer.socket.write(options(via(1)))
  await expect.poll(() => transport.stats.messages).toBe(1)
})
