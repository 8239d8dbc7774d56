import { expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { datagramBytesMax } from '../../../src/engine/stack/attempts.ts'
import { scriptedLookup } from '../locate/scripted-lookup.ts'
import { answerTo, type Bench, header, openBench } from './bench.ts'

const { lookup } = scriptedLookup({
  a: { 'carrier.example': ['198.51.100.1', '198.51.100.2', '198.51.100.3'] },
})
const uri = 'sip:bob@carrier.example:5060'

/** An app's request, sent to the first of three places. */
async function begin(method = 'INVITE', more = '') {
  const bench = openBench({}, lookup)
  const app = bench.app('invite')
  const frameId = bench.sip(app, '', `${method} ${uri} SIP/2.0\n${more}`)
  await bench.settle()
  const reply = app.replies(frameId)[0]
  const transactionId = reply?.fields[10] ?? ''
  return { bench, app, frameId, reply, transactionId }
}

/** The places that requests of a method went to since the last time, each once a branch. */
function places(bench: Bench, method = 'INVITE'): string[] {
  const branches = new Set<string>()
  return bench.take().flatMap(({ message, to }) => {
    const branch = header(message, 'Via')
    if (message.kind !== 'request' || message.method !== method || branches.has(branch)) return []
    branches.add(branch)
    return [`${to.protocol} ${to.address}`]
  })
}

function lastRequest(bench: Bench): Request {
  const request = bench.requests().at(-1)
  if (!request) throw new Error('no request was sent')
  return request
}

function from(last: number) {
  return { address: `198.51.100.${last}`, port: 5060 }
}

test('a place that refuses gives way to the next at once, and the app hears of one transaction', async () => {
  const { bench, app, transactionId, reply } = await begin()
  const first = lastRequest(bench)
  bench.failLast()
  const second = lastRequest(bench)
  expect(bench.sent.at(-1)?.to).toMatchObject(from(2))
  expect(header(second, 'Via')).not.toBe(header(first, 'Via'))
  const withoutVia = ({ headers }: Request) => headers.filter(({ name }) => name !== 'Via')
  expect(withoutVia(second)).toEqual(withoutVia(first))
  bench.receive(answerTo(second, 180), from(2))
  bench.receive(answerTo(second, 200), from(2))
  expect(app.deliveries('SIP/2.0').map(({ fields }) => fields[8])).toEqual([
    transactionId,
    transactionId,
  ])
  const dialogIds = app.deliveries('SIP/2.0').map(({ fields }) => fields[9])
  expect(new Set(dialogIds).size).toBe(1)
  expect(reply?.fields[3]).toBe('OK')
  expect(bench.faults).toEqual([])
})

test('a silent place has 4 s, all together have 32 s, and then the app hears 408 once', async () => {
  const { bench, app } = await begin()
  const started = bench.clock.monotonic()
  const times: number[] = []
  for (let ms = 0; ms < 40_000; ms += 500) {
    for (const _ of places(bench)) times.push(bench.clock.monotonic() - started)
    bench.clock.advance(500)
  }
  // Three places, the last with all the time that is left: repetitions are no new places.
  expect(times[0]).toBe(0)
  expect(times).toContain(4_000)
  expect(times).toContain(8_000)
  expect(app.deliveries('SIP/2.0 408')).toHaveLength(1)
  expect(bench.running.sizes()).toMatchObject({ outbound: 0, invites: 0 })
  bench.clock.advance(100_000)
  expect(bench.running.layer.size).toBe(0)
})

test('the 408 after silence everywhere comes 64*T1 after the start', async () => {
  const { bench, app } = await begin()
  bench.clock.advance(31_999)
  expect(app.deliveries('SIP/2.0 408')).toEqual([])
  bench.clock.advance(1)
  expect(app.deliveries('SIP/2.0 408')).toHaveLength(1)
})

test('a given up place is not asked again, and a call it rings for is cancelled', async () => {
  const { bench, app } = await begin()
  const first = lastRequest(bench)
  bench.clock.advance(4_000)
  bench.take()
  bench.clock.advance(3_900)
  expect(places(bench)).toEqual(['udp 198.51.100.2'])
  bench.receive(answerTo(first, 180, { tag: 'late' }), from(1))
  const cancel = lastRequest(bench)
  expect(cancel.method).toBe('CANCEL')
  expect(header(cancel, 'Via')).toBe(header(first, 'Via'))
  expect(app.deliveries('SIP/2.0')).toEqual([])
})

test('a given up place that accepts all the same gets ACK and BYE, and the app hears nothing of it', async () => {
  const { bench, app } = await begin()
  const first = lastRequest(bench)
  bench.clock.advance(4_000)
  const second = lastRequest(bench)
  bench.take()
  bench.receive(answerTo(first, 200, { tag: 'late' }), from(1))
  expect(bench.requests().map(({ method }) => method)).toEqual(['ACK', 'BYE'])
  expect(app.deliveries('SIP/2.0')).toEqual([])
  bench.receive(answerTo(second, 200, { tag: 'won' }), from(2))
  expect(app.deliveries('SIP/2.0 200')).toHaveLength(1)
})

test('503 leads to the next place, the last 503 to the app', async () => {
  const { bench, app } = await begin()
  for (const last of [1, 2]) {
    bench.receive(answerTo(lastRequest(bench), 100, { tag: '' }), from(last))
    bench.receive(answerTo(lastRequest(bench), 503), from(last))
  }
  expect(app.deliveries('SIP/2.0 503')).toEqual([])
  expect(places(bench)).toEqual(['udp 198.51.100.1', 'udp 198.51.100.2', 'udp 198.51.100.3'])
})

test('each 503 is acknowledged where it came from', async () => {
  const { bench } = await begin()
  bench.receive(answerTo(lastRequest(bench), 503), from(1))
  const acks = bench.sent.filter(({ message }) => 'method' in message && message.method === 'ACK')
  expect(acks.map(({ to }) => to.address)).toEqual(['198.51.100.1'])
})

test.each([500, 486, 603, 408])('%i is the answer, no other place is asked', async (status) => {
  const { bench, app } = await begin()
  bench.receive(answerTo(lastRequest(bench), status), from(1))
  expect(app.deliveries(`SIP/2.0 ${status}`)).toHaveLength(1)
  expect(places(bench)).toEqual(['udp 198.51.100.1'])
})

test('503 of a place that has rung is the answer: the app has heard it ring', async () => {
  const { bench, app } = await begin()
  bench.receive(answerTo(lastRequest(bench), 180), from(1))
  bench.receive(answerTo(lastRequest(bench), 503), from(1))
  expect(app.deliveries('SIP/2.0 503')).toHaveLength(1)
})

test('CANCEL goes where the INVITE is, and ends the search', async () => {
  const { bench, app, transactionId } = await begin()
  bench.failLast()
  bench.receive(answerTo(lastRequest(bench), 100, { tag: '' }), from(2))
  const second = lastRequest(bench)
  bench.sip(app, transactionId, `CANCEL ${uri} SIP/2.0\n`)
  const cancel = bench.sent.at(-1)
  expect(cancel?.to).toMatchObject(from(2))
  expect(header(cancel?.message, 'Via')).toBe(header(second, 'Via'))
  bench.receive(answerTo(second, 503), from(2))
  expect(app.deliveries('SIP/2.0 503')).toHaveLength(1)
  expect(places(bench)).toHaveLength(2)
})

test('a cancelled INVITE that nobody answers tries no other place', async () => {
  const { bench, app, transactionId } = await begin()
  bench.sip(app, transactionId, `CANCEL ${uri} SIP/2.0\n`)
  bench.clock.advance(32_000)
  expect(places(bench)).toEqual(['udp 198.51.100.1'])
  expect(app.deliveries('SIP/2.0 408')).toHaveLength(1)
})

test('a place that failed is not the first one of the next call', async () => {
  const { bench, app } = await begin()
  bench.failLast()
  bench.take()
  bench.sip(app, '', `OPTIONS ${uri} SIP/2.0\n`)
  await bench.settle()
  expect(places(bench, 'OPTIONS')).toEqual(['udp 198.51.100.2'])
})

test('any other request waits 8 s, and only for a first word', async () => {
  const silent = await begin('OPTIONS')
  silent.bench.clock.advance(7_999)
  expect(places(silent.bench, 'OPTIONS')).toEqual(['udp 198.51.100.1'])
  silent.bench.clock.advance(1)
  expect(places(silent.bench, 'OPTIONS')).toEqual(['udp 198.51.100.2'])
  const slow = await begin('OPTIONS')
  slow.bench.receive(answerTo(lastRequest(slow.bench), 100, { tag: '' }), from(1))
  slow.bench.clock.advance(32_000)
  expect(places(slow.bench, 'OPTIONS')).toEqual(['udp 198.51.100.1'])
  expect(slow.app.deliveries('SIP/2.0 408')).toHaveLength(1)
})

const large = `X-Large: ${'x'.repeat(datagramBytesMax)}\n`

test('a large request goes over TCP, and over UDP where TCP is refused', async () => {
  const { bench, app } = await begin('INVITE', large)
  expect(header(lastRequest(bench), 'Via')).toMatch(/^SIP\/2.0\/TCP /)
  expect(bench.sent.at(-1)?.to).toMatchObject({ protocol: 'tcp', ...from(1) })
  bench.failLast()
  expect(header(lastRequest(bench), 'Via')).toMatch(/^SIP\/2.0\/UDP /)
  expect(bench.sent.at(-1)?.to).toMatchObject({ protocol: 'udp', ...from(1) })
  bench.receive(answerTo(lastRequest(bench), 200), from(1))
  expect(app.deliveries('SIP/2.0 200')).toHaveLength(1)
})

test('a host without TCP is asked by UDP at once for the next ten minutes', async () => {
  const { bench, app } = await begin('INVITE', large)
  bench.failLast()
  bench.receive(answerTo(lastRequest(bench), 486), from(1))
  bench.take()
  const again = async () => {
    bench.sip(app, '', `OPTIONS ${uri} SIP/2.0\n${large}`)
    await bench.settle()
    return places(bench, 'OPTIONS')
  }
  expect(await again()).toEqual(['udp 198.51.100.1'])
  bench.clock.advance(600_000)
  bench.take()
  expect(await again()).toEqual(['tcp 198.51.100.1'])
})

test('a host that swallows TCP costs an INVITE one second', async () => {
  const { bench } = await begin('INVITE', large)
  bench.clock.advance(999)
  expect(places(bench)).toEqual(['tcp 198.51.100.1'])
  bench.clock.advance(1)
  expect(places(bench)).toEqual(['udp 198.51.100.1'])
})

test('a request of 1,300 bytes and one whose URI names UDP stay on UDP', async () => {
  const small = await begin('INVITE', `X-Large: ${'x'.repeat(datagramBytesMax - 400)}\n`)
  expect(small.bench.sent[0]?.bytes.length).toBeLessThanOrEqual(datagramBytesMax)
  expect(places(small.bench)).toEqual(['udp 198.51.100.1'])
  const bench = openBench({}, lookup)
  bench.sip(bench.app(), '', `INVITE ${uri};transport=udp SIP/2.0\n${large}`)
  await bench.settle()
  expect(places(bench)).toEqual(['udp 198.51.100.1'])
})
