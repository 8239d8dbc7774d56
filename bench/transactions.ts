import type { Request, Response } from '../src/engine/message/message.ts'
import { parseMessage } from '../src/engine/message/parse.ts'
import { createTransactionLayer } from '../src/engine/transaction/layer.ts'
import { createTimerQueues } from '../src/engine/transaction/timer-queues.ts'
import type { Arrival, Listener } from '../src/engine/transport/types.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { responseTo } from '../test/engine/transaction/fixtures.ts'
import { FakeClock } from '../test/support/fake-clock.ts'
import { cpuUsOf, perSecond } from './cpu-of.ts'
import type { Report, Row } from './report.ts'

const listener: Listener = { protocol: 'udp', address: '127.0.0.1', port: 5060, host: '127.0.0.1' }
const source = { protocol: 'udp', address: '127.0.0.1', port: 5070 } as const

/** Longer than any transaction lives, milliseconds. */
const overMs = 40_000

function request(method: string, at: number): Buffer {
  const lines = [
    `${method} sip:bob@127.0.0.1:5060 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-bench-${at};rport`,
    ...['Max-Forwards: 70', 'From: <sip:alice@127.0.0.1:5070>;tag=al'],
    ...['To: <sip:bob@127.0.0.1:5060>', `Call-ID: bench-${at}`, `CSeq: 1 ${method}`],
    ...['Contact: <sip:alice@127.0.0.1:5070>', 'Content-Length: 0', '', ''],
  ]
  return Buffer.from(lines.join('\r\n'))
}

function read(bytes: Buffer): Request {
  const result = parseMessage(bytes, 'datagram')
  if (!result.ok || result.message.kind !== 'request') throw new Error('no request')
  return result.message
}

/** A layer that nothing leaves, whose user answers what comes with 180 and 200. */
function quietLayer(clock: FakeClock) {
  return createTransactionLayer({
    transport: {
      listeners: [listener],
      send: () => undefined,
      listenerFor: () => listener,
      isConnected: () => true,
      close: async () => undefined,
    },
    user: {
      onRequest: (transaction) => {
        const { message } = transaction.arrival
        if (message.method === 'INVITE') transaction.respond(responseTo(message, 180))
        transaction.respond(responseTo(message, 200))
      },
      onCancel: () => undefined,
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    },
    clock,
    random: systemRandom(),
    limits: { transactionsMax: 10_000_000, retryAfterMaxS: 1 },
  })
}

/** How many transactions a second of CPU time carries from their first message to their last timer. */
export function transactionsPerSecond(rounds: number): Report {
  const perRound = 5_000
  const clock = new FakeClock()
  const layer = quietLayer(clock)
  const over = (at: number) => {
    if (at === perRound - 1) clock.advance(overMs)
  }
  let last = 0
  const arrive = (message: Request | Response): Arrival => ({
    message,
    source,
    listener,
    size: 400,
  })
  const served = (method: string) => (at: number) => {
    layer.receive(arrive(read(request(method, ++last))))
    over(at)
  }
  const made = (at: number) => {
    const events = {
      onResponse: () => undefined,
      onTimeout: () => undefined,
      onTransportError: () => undefined,
    }
    const { request: sent } = layer.send(read(request('INVITE', ++last)), source, events)
    for (const status of [100, 180, 200]) layer.receive(arrive(responseTo(sent, status)))
    over(at)
  }
  const kinds = {
    'INVITE to us: 100, 180, 200': served('INVITE'),
    'INVITE of ours: 100, 180, 200': made,
    'OPTIONS to us: 200': served('OPTIONS'),
  }
  const rows = Object.entries(kinds).map(([transaction, run]): Row => {
    const us = cpuUsOf({ rounds, perRound, run })
    return { transaction, 'by CPU second': perSecond(us), us }
  })
  if (layer.size > 0) throw new Error(`${layer.size} transactions are left`)
  return {
    name: 'transactions',
    title: 'Transactions by second of CPU time',
    rows: [...rows, timerRow(rounds)],
    notes: ['with reading the request and writing every answer; without sockets'],
  }
}

/** Starting a timer and having it run out, among a hundred thousand others. */
function timerRow(rounds: number): Row {
  const perRound = 100_000
  const clock = new FakeClock()
  const queues = createTimerQueues<object, string>(clock, {
    fire: () => undefined,
    isAwaited: () => true,
  })
  const subject = {}
  const us = cpuUsOf({
    rounds,
    perRound,
    run: (at) => {
      queues.start(at % 2 === 0 ? 500 : 32_000, subject, 'timerX')
      if (at === perRound - 1) clock.advance(overMs)
    },
  })
  return { transaction: 'one timer, started and run out', 'by CPU second': perSecond(us), us }
}
