import { expect, test } from 'vitest'
import { allHeaders } from '../../../src/engine/message/headers.ts'
import type { Request } from '../../../src/engine/message/message.ts'
import { isOwnUri } from '../../../src/engine/proxy/own-address.ts'
import { datagramBytesMax } from '../../../src/engine/stack/attempts.ts'
import type { Listener } from '../../../src/engine/transport/types.ts'
import { scriptedLookup } from '../locate/scripted-lookup.ts'
import { answerTo, header, inDialog, invite } from '../stack/bench.ts'
import { bob, openProxyBench, type ProxyOptions } from './bench.ts'

const carrier = 'sip:bob@carrier.example:5060'

/** A call that is forwarded to a name with two addresses. */
async function forward(options: ProxyOptions = {}, ...further: string[]) {
  const { lookup } = scriptedLookup({ a: { 'carrier.example': ['198.51.100.1', '198.51.100.2'] } })
  const bench = openProxyBench('', {}, { lookup })
  bench.call(options, carrier, ...further)
  await bench.settle()
  /** The INVITEs that went to the place with this last number, each branch once. */
  const copies = (last: number): Request[] => {
    const sent = bench.sent.filter(({ to }) => to.address === `198.51.100.${last}`)
    const requests = sent.map(({ message }) => message as Request)
    const invites = requests.filter(({ method }) => method === 'INVITE')
    return [...new Map(invites.map((copy) => [header(copy, 'Via'), copy])).values()]
  }
  const answerFrom = (last: number, status: number) => {
    const [copy] = copies(last)
    if (!copy) throw new Error(`nothing was sent to ${last}`)
    const from = { address: `198.51.100.${last}`, port: 5060 }
    bench.receive(answerTo(copy, status, { tag: `t${last}` }), from)
  }
  return { ...bench, copies, answerFrom }
}

test.each([
  ['refuses connections', ({ failLast }: Awaited<ReturnType<typeof forward>>) => failLast()],
  ['answers 503', ({ answerFrom }: Awaited<ReturnType<typeof forward>>) => answerFrom(1, 503)],
  [
    'says nothing for 4 s',
    ({ clock }: Awaited<ReturnType<typeof forward>>) => clock.advance(4_000),
  ],
])('a place that %s gives way to the next one of the target', async (_what, fail) => {
  const bench = await forward({ remain: true }, bob)
  expect(bench.copies(2)).toEqual([])
  fail(bench)
  const [first, second] = [bench.copies(1)[0], bench.copies(2)[0]]
  expect(header(second, 'Via')).not.toBe(header(first, 'Via'))
  for (const name of ['Record-Route', 'Max-Forwards', 'Max-Breadth']) {
    expect(header(second, name)).toBe(header(first, name))
  }
  bench.answerFrom(2, 180)
  bench.answerFrom(2, 200)
  expect(bench.statuses()).toEqual([100, 180, 200])
  expect(bench.sentTo(5080)).toEqual([])
  expect(bench.running.forwarded().requests).toBe(0)
})

test('the next target has its turn when all places of the one before have failed', async () => {
  const bench = await forward({}, bob)
  bench.failLast()
  bench.answerFrom(2, 503)
  bench.answer(5080, 200)
  expect(bench.statuses()).toEqual([100, 200])
})

test('a place that was given up and accepts all the same has the call, and the other is asked to stop', async () => {
  const bench = await forward()
  bench.clock.advance(4_000)
  bench.answerFrom(2, 180)
  bench.answerFrom(1, 200)
  expect(bench.statuses()).toEqual([100, 180, 200])
  expect(bench.requests().filter(({ method }) => method === 'CANCEL')).toHaveLength(1)
  bench.answerFrom(2, 487)
  expect(bench.statuses()).toEqual([100, 180, 200])
})

test('a call that is cancelled is tried at no other place', async () => {
  const bench = await forward()
  bench.receive(invite().replaceAll('INVITE', 'CANCEL'))
  bench.clock.advance(40_000)
  expect(bench.copies(2)).toEqual([])
  expect(bench.statuses().slice(0, 3)).toEqual([100, 200, 487])
})

test('a place that has rung is not left for another', async () => {
  const bench = await forward()
  bench.answerFrom(1, 180)
  bench.answerFrom(1, 503)
  expect(bench.copies(2)).toEqual([])
  expect(bench.statuses()).toEqual([100, 180, 500])
})

const large = `X-Large: ${'x'.repeat(datagramBytesMax)}\n`
const [byUdp, byTcp] = ['<sip:127.0.0.1:5060;lr>', '<sip:127.0.0.1:5060;transport=tcp;lr>']

test.each([
  ['', false, []],
  [' and names both sockets where we stay in its path', true, [byTcp, byUdp]],
])('a large copy goes over TCP%s, RFC 3261 18.1.1', (_and, remain, routes) => {
  const bench = openProxyBench(large)
  bench.call({ remain }, bob)
  const { to, message } = bench.sent.at(-1) ?? {}
  expect(to).toMatchObject({ protocol: 'tcp', port: 5080 })
  expect(message && allHeaders(message, 'Record-Route')).toEqual(routes)
})

test('a copy that Record-Route alone has made large goes over TCP', () => {
  const protocolOf = (chars: number, remain: boolean) => {
    const bench = openProxyBench(`X-Large: ${'x'.repeat(chars)}\n`)
    bench.call({ remain }, bob)
    return bench.sent.at(-1)?.to.protocol
  }
  let [small, tooLarge] = [0, datagramBytesMax]
  while (tooLarge - small > 1) {
    const middle = (small + tooLarge) >> 1
    if (protocolOf(middle, false) === 'udp') small = middle
    else tooLarge = middle
  }
  expect([protocolOf(small, false), protocolOf(small, true)]).toEqual(['udp', 'tcp'])
})

test('a large copy that TCP does not take goes over UDP, and names that socket alone', () => {
  const bench = openProxyBench(large)
  bench.call({ remain: true }, bob)
  bench.failLast()
  const { to, message } = bench.sent.at(-1) ?? {}
  expect(to).toMatchObject({ protocol: 'udp', port: 5080 })
  expect(message && allHeaders(message, 'Record-Route')).toEqual([byUdp])
})

test('within a dialog whose large INVITE went over TCP both sides are relayed to the other', () => {
  const bench = openProxyBench(large)
  bench.call({ remain: true }, bob)
  bench.answer(5080, 200)
  const routes = `Route: ${byUdp}\nRoute: ${byTcp}\n`
  const bye = inDialog('BYE', 2, 't5080', routes).replace('sip:127.0.0.1:5060 SIP', `${bob} SIP`)
  bench.receive(bye)
  const [relayed] = bench.sentTo(5080, 'BYE')
  expect(relayed?.uri).toBe(bob)
  expect(relayed && allHeaders(relayed, 'Route')).toEqual([])
})

test('within a dialog only a place that cannot be reached gives way to the next one', async () => {
  const bench = await forward({ remain: true })
  const contact = '<sip:bob@carrier.example:5060>'
  const [copy] = bench.copies(1)
  if (copy) bench.receive(answerTo(copy, 200, { contact }), { address: '198.51.100.1', port: 5060 })
  const route = 'Route: <sip:127.0.0.1:5060;lr>\n'
  const later = (method: string, cseq: number) =>
    inDialog(method, cseq, 'bo', route).replace('sip:127.0.0.1:5060 SIP', `${carrier} SIP`)
  const tried = () =>
    bench.sent.flatMap(({ message, to }) =>
      message.kind === 'request' && message.method === 'INFO' ? [to.address] : [],
    )
  bench.take()
  bench.receive(later('INFO', 2))
  await bench.settle()
  bench.failLast()
  expect(tried()).toEqual(['198.51.100.1', '198.51.100.2'])
  const info = bench.requests().at(-1)
  if (info) bench.receive(answerTo(info, 503), { address: '198.51.100.2', port: 5060 })
  expect(tried()).toHaveLength(2)
})

test('a URI that leads to us does so however it spells our address', () => {
  const address = '2001:db8::1'
  const listeners: Listener[] = [
    { protocol: 'udp', address, port: 5060, host: '[2001:DB8:0::1]' },
    { protocol: 'tcp', address, port: 5070, host: 'gate.example' },
  ]
  expect(isOwnUri(listeners, 'sip:a@[2001:db8:0:0::1]')).toBe(true)
  expect(isOwnUri(listeners, 'sip:a@[2001:db8::1]:5070')).toBe(true)
  expect(isOwnUri(listeners, 'sip:Gate.example:5070')).toBe(true)
  expect(isOwnUri(listeners, 'sip:a@[2001:db8::2]')).toBe(false)
})
