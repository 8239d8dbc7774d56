import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { FloodGuard } from '../../../src/engine/guard/flood-guard.ts'
import type { FloodLimits } from '../../../src/engine/guard/flood-limits.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { openOnLoopback, options, tcpPeer } from './support.ts'

const via = (nth: number) => `SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK${nth}`

async function open(limits: Partial<FloodLimits>) {
  const clock = new FakeClock()
  const floodgate = new FloodGuard(clock, countedRandom(), limits)
  return { ...(await openOnLoopback(['tcp'], {}, { clock, floodgate })), clock }
}

test('what comes too fast over connections is read later, and none of it is lost', async () => {
  const { transport, arrivals, clock, port } = await open({ streamPerS: 10, streamBurst: 10 })
  const peer = await tcpPeer(port)
  for (let nth = 0; nth < 11; nth++) peer.socket.write(options(via(nth)))
  for (let nth = 0; nth < 11; nth++) await arrivals.next()
  expect(transport.stats.paced).toBe(1)
  peer.socket.write(options(via(11)))
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(arrivals.length).toBe(0)
  clock.advance(100)
  expect((await arrivals.next()).message.kind).toBe('request')
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
