import fc from 'fast-check'
import { expect, test } from 'vitest'
import { serialize } from '../../src/engine/message/serialize.ts'
import { messageArbitrary, mutated } from '../fuzz/arbitraries.ts'
import { everyCase } from '../fuzz/torture-cases.ts'
import { collectedBytes } from '../support/collect-garbage.ts'
import { sdp, UaCall, UdpUa } from '../support/udp-ua.ts'
import { until } from './house.ts'
import { connectSrf } from './srf.ts'
import { openTarget, type Target } from './target.ts'

const count = 10_000
/** As many as one probe behind them answers for: well below what the receive buffer holds. */
const perProbe = 50
/** Messages of one connection, as many connections at once. */
const perStream = 10
const streamsAtOnce = 20
/** What the engine may hold more after another half of the mutations, bytes. */
const grownBytesMax = 4_000_000

/** 64 * T1 = 320 ms, so that no transaction outlives its test. */
const timers = { t1Ms: 5, t2Ms: 20, t4Ms: 20 }

const base = fc.oneof(
  fc.constantFrom(...everyCase.map(({ bytes }) => bytes)),
  messageArbitrary.map(serialize),
)
const mutations = fc.sample(mutated(base), { numRuns: count, seed: 4475 })

test('ten thousand mutations over UDP and TCP: no fault, no memory, and a call goes on', async () => {
  await using target = await openTarget({ timers })
  // Thousands a second are a flood, unless they come from somebody known.
  await target.register()
  for (const { bytes } of everyCase) target.throwDatagram(bytes)
  const half = count / 2
  await throwAll(target, mutations.slice(0, half))
  const before = await restingBytes(target)
  await throwAll(target, mutations.slice(half))
  const after = await restingBytes(target)
  expect(after - before).toBeLessThan(grownBytesMax)
  target.leave()
  await goodCall(target)
}, 120_000)

async function throwAll(target: Target, messages: readonly Buffer[]): Promise<void> {
  for (const [at, bytes] of messages.entries()) {
    target.throwDatagram(bytes)
    if (at % perProbe === perProbe - 1) await target.probe()
  }
  const streams: Buffer[] = []
  for (let at = 0; at < messages.length; at += perStream) {
    streams.push(Buffer.concat(messages.slice(at, at + perStream)))
  }
  for (let at = 0; at < streams.length; at += streamsAtOnce) {
    await Promise.all(streams.slice(at, at + streamsAtOnce).map(target.throwStream))
  }
  await target.probe()
}

/** What is held when nothing is left to do, bytes. */
async function restingBytes({ engine }: Target): Promise<number> {
  await until(() => {
    const { transactions, dialogs, inbound, outbound, invites } = engine.sizes()
    return transactions + dialogs + inbound + outbound + invites === 0
  }, 'nothing left of them')
  return collectedBytes(5)
}

async function goodCall({ engine }: Target): Promise<void> {
  const [alice, bob] = [await UdpUa.open(), await UdpUa.open()]
  const app = await connectSrf(engine.adminPort)
  app.invite((request, response) => {
    void app
      .createB2BUA(request, response, `sip:bob@127.0.0.1:${bob.port}`)
      .then(({ uas, uac }) => {
        uas.on('destroy', () => void uac.destroy())
      })
  })
  const call = new UaCall(alice, engine.listeners[0]?.port ?? 0, 'bob')
  call.invite()
  bob.respond(await bob.request('INVITE'), 200, { body: sdp })
  call.ack(await alice.response(200))
  await bob.request('ACK')
  call.request('BYE')
  bob.respond(await bob.request('BYE'), 200)
  await alice.response(200, 'BYE')
  app.disconnect()
  alice.close()
  bob.close()
}
