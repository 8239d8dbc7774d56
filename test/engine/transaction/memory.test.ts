import { expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import { createTransactionLayer } from '../../../src/engine/transaction/layer.ts'
import { createTimerQueues } from '../../../src/engine/transaction/timer-queues.ts'
import type { TransactionLayer } from '../../../src/engine/transaction/types.ts'
import { systemRandom } from '../../../src/kernel/random.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { arrive, FakeTransport, noting, outgoing, request, responseTo, udp } from './fixtures.ts'

/** The promise: what a finished transaction may hold until its last timer, bytes. */
const finishedBytesMax = 2048
const finishedBytesMin = 200
const count = 4000
/** Collections that differ by less have found all there is. */
const settledBytes = 20_000
const roundsMax = 20

/** A transport that keeps nothing. */
class Sink extends FakeTransport {
  override send(): void {}
}

const kinds: { readonly [kind: string]: (layer: TransactionLayer, at: number) => void } = {
  'an INVITE answered with 2xx': (layer, at) => layer.receive(arrival('INVITE', at, 200)),
  'an INVITE refused and not yet ACKed': (layer, at) => layer.receive(arrival('INVITE', at, 486)),
  'a BYE answered': (layer, at) => layer.receive(arrival('BYE', at, 200)),
  'an INVITE of ours answered with 2xx': (layer, at) => answered(layer, 'INVITE', at, 200),
  'an INVITE of ours refused': (layer, at) => answered(layer, 'INVITE', at, 486),
  'a BYE of ours answered': (layer, at) => answered(layer, 'BYE', at, 200),
}

test.each(Object.entries(kinds))('%s holds little until it is forgotten', async (_, run) => {
  const clock = new FakeClock()
  const layer = createTransactionLayer({
    transport: new Sink(clock),
    user: {
      onRequest: (transaction) => {
        const { message } = transaction.arrival
        transaction.respond(responseTo(message, Number(new TextDecoder().decode(message.body))))
      },
      onCancel: () => undefined,
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    },
    clock,
    random: systemRandom(),
    limits: { transactionsMax: 1_000_000, retryAfterMaxS: 1 },
  })
  for (let at = 0; at < 100; at++) run(layer, at)
  const before = await usedBytes()
  for (let at = 100; at < 100 + count; at++) run(layer, at)
  const held = ((await usedBytes()) - before) / count
  expect(layer.size).toBe(count + 100)
  // Not even its keys and its place in two maps fit into less: a smaller figure is a wrong one.
  expect(held).toBeGreaterThan(finishedBytesMin)
  expect(held).toBeLessThan(finishedBytesMax)
  clock.advance(32_000)
  expect(layer.size).toBe(0)
})

test('a timer that has fired lets go of its transaction while others still wait', async () => {
  const clock = new FakeClock()
  const queues = createTimerQueues<object, string>(clock, {
    fire: () => undefined,
    isAwaited: () => true,
  })
  const start = () => {
    const subject = {}
    queues.start(1000, subject, 'timer')
    return new WeakRef(subject)
  }
  const first = start()
  clock.advance(500)
  for (let at = 0; at < 10; at++) start()
  clock.advance(600)
  expect(clock.pendingCount).toBe(1)
  // A WeakRef keeps its target until the job that made it is over.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(first.deref()).toBeUndefined()
})

/**
 * What is in use once collecting finds no more: buffers of earlier tests are freed in the background,
 * and their going would otherwise hide what this one holds.
 */
async function usedBytes(): Promise<number> {
  let used = Number.POSITIVE_INFINITY
  for (let round = 0; round < roundsMax; round++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
    const { heapUsed, external } = process.memoryUsage()
    if (Math.abs(used - heapUsed - external) < settledBytes) return heapUsed + external
    used = heapUsed + external
  }
  return used
}

/** A request as off a socket, about as large as real ones; its body says how to answer it. */
function arrival(method: string, at: number, status: number) {
  const branch = `z9hG4bK-a-branch-of-usual-length-${at}`
  const callId = `${at}-a-call-id-of-usual-length@pbx.example.com`
  const text = request(method, { branch, callId, extra: `X-Fill: ${'x'.repeat(900)}\r\n` })
  const bytes = Buffer.from(text.replace('Content-Length: 0', 'Content-Length: 3') + status)
  const result = parseMessage(bytes, 'datagram')
  if (!result.ok) throw new Error(result.reason)
  return arrive(result.message)
}

function answered(layer: TransactionLayer, method: string, at: number, status: number): void {
  const fill = `X-Fill: ${at} ${'x'.repeat(900)}\r\n`
  const { request: sent } = layer.send(outgoing(method, fill), udp, noting([]))
  layer.receive(arrive(responseTo(sent as Request, status)))
}
