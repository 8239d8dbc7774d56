import { expect, test, vi } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import type { Destination } from '../../../src/engine/transport/types.ts'
import { arrive, header, noting, outgoing, responseTo, rig, tcp, udp } from './fixtures.ts'

const t1x64Ms = 32_000

function start(method: string, to: Destination = udp) {
  const made = rig()
  const transaction = made.layer.send(outgoing(method), to, noting(made.told))
  const answer = (status: number, toTag?: string) =>
    made.layer.receive(arrive(responseTo(transaction.request, status, toTag), to.protocol))
  return { ...made, transaction, answer }
}

test('an INVITE over UDP is repeated after T1, then ever twice as long, and ends after 64*T1', () => {
  const { clock, transport, takeTold, layer, transaction } = start('INVITE')
  clock.advance(t1x64Ms)
  expect(transport.take()).toEqual(
    [0, 500, 1500, 3500, 7500, 15_500, 31_500].map((atMs) => `${atMs} INVITE`),
  )
  expect(takeTold()).toEqual(['timeout'])
  expect(transaction.finished).toBe(true)
  expect(layer.size).toBe(0)
})

test('a non-INVITE over UDP is repeated up to every T2 and ends after 64*T1', () => {
  const { clock, transport, takeTold, layer } = start('OPTIONS')
  clock.advance(t1x64Ms)
  const times = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
  expect(transport.take()).toEqual(times.map((atMs) => `${atMs} OPTIONS`))
  expect(takeTold()).toEqual(['timeout'])
  expect(layer.size).toBe(0)
})

test('a provisional response slows the repetition of a non-INVITE to every T2', () => {
  const { clock, transport, answer } = start('BYE')
  clock.advance(100)
  answer(100)
  clock.advance(9000)
  expect(transport.take()).toEqual(['0 BYE', '500 BYE', '4500 BYE', '8500 BYE'])
})

const streams = ['tcp', 'tls', 'ws', 'wss'] as const

test.each(
  streams.flatMap((protocol) => ['INVITE', 'OPTIONS'].map((method) => [method, protocol] as const)),
)('%s over %s is sent once and ends after 64*T1', (method, protocol) => {
  const { clock, transport, takeTold, layer } = start(method, { ...tcp, protocol })
  clock.advance(t1x64Ms - 1)
  expect(layer.size).toBe(1)
  clock.advance(1)
  expect(transport.take()).toEqual([`0 ${method}`])
  expect(takeTold()).toEqual(['timeout'])
  expect(layer.size).toBe(0)
})

test('a provisional response stops an INVITE from being repeated and from timing out', () => {
  const { clock, transport, answer, takeTold, transaction, layer } = start('INVITE')
  expect(transaction.proceeding).toBe(false)
  answer(100)
  answer(180)
  expect(transaction.proceeding).toBe(true)
  clock.advance(180_000)
  expect(transport.take()).toEqual(['0 INVITE'])
  expect(takeTold()).toEqual(['response 100', 'response 180'])
  expect(layer.size).toBe(1)
})

test('a user that breaks on an answer costs nobody anything: the transaction ends in its time', () => {
  const faults: unknown[] = []
  const { layer, clock, transport } = rig({ report: (cause) => faults.push(cause) })
  const broken = () => {
    throw new Error('broken')
  }
  const events = { onResponse: broken, onTimeout: broken, onTransportError: broken }
  const answered = layer.send(outgoing('INVITE'), udp, events)
  const ended = vi.fn()
  answered.onTerminated = ended
  layer.receive(arrive(responseTo(answered.request, 200)))
  layer.receive(arrive(responseTo(answered.request, 200)))
  layer.send(outgoing('OPTIONS'), udp, events)
  const lost = layer.send(outgoing('MESSAGE'), udp, events)
  transport.sent.at(-1)?.fail()
  expect(lost.finished).toBe(true)
  clock.advance(t1x64Ms)
  // Two answers, one that could not be sent, one without an answer.
  expect(faults).toHaveLength(4)
  expect(ended).toHaveBeenCalledTimes(1)
  expect(layer.size).toBe(0)
})

test('every 2xx to an INVITE is passed for 64*T1, and after that as a stray one', () => {
  const { clock, transport, answer, takeTold, layer } = start('INVITE')
  answer(200)
  answer(200, 'other-fork')
  clock.advance(t1x64Ms - 1)
  answer(200)
  answer(486)
  answer(180)
  expect(takeTold()).toEqual(['response 200', 'response 200', 'response 200'])
  clock.advance(1)
  expect(layer.size).toBe(0)
  answer(200)
  expect(takeTold()).toEqual(['stray 200'])
  expect(transport.take()).toEqual(['0 INVITE'])
})

test('the layer acknowledges a refused INVITE, and each repetition of the refusal, for 64*T1', () => {
  const { clock, transport, answer, takeTold, layer } = start('INVITE')
  answer(486)
  clock.advance(500)
  answer(486)
  expect(transport.take()).toEqual(['0 INVITE', '0 ACK', '500 ACK'])
  expect(takeTold()).toEqual(['response 486'])
  clock.advance(t1x64Ms - 501)
  expect(layer.size).toBe(1)
  clock.advance(1)
  expect(layer.size).toBe(0)
})

test('over TCP a refused INVITE and an answered request are forgotten at once', () => {
  const invite = start('INVITE', tcp)
  invite.answer(486)
  expect(invite.transport.take()).toEqual(['0 INVITE', '0 ACK'])
  expect(invite.layer.size).toBe(0)
  const bye = start('BYE', tcp)
  bye.answer(200)
  expect(bye.takeTold()).toEqual(['response 200'])
  expect(bye.layer.size).toBe(0)
})

test('the ACK of a refusal has what RFC 3261 17.1.1.3 asks for, byte for byte the same each time', () => {
  const { transport, layer, told } = rig()
  const route = 'Route: <sip:p1.example.com;lr>\r\nRoute: <sip:p2.example.com;lr>\r\n'
  const extra = `${route}X-Note: kept to the INVITE\r\n`
  const { request } = layer.send(outgoing('INVITE', extra), udp, noting(told))
  layer.receive(arrive(responseTo(request, 404)))
  layer.receive(arrive(responseTo(request, 404)))
  const [, first, second] = transport.sent
  const ack = first?.message as Request
  expect(second?.bytes).toEqual(first?.bytes)
  expect(ack.uri).toBe(request.uri)
  expect(ack.headers).toEqual([
    { name: 'Via', value: header(request, 'Via') },
    { name: 'Max-Forwards', value: '70' },
    { name: 'From', value: header(request, 'From') },
    { name: 'To', value: '<sip:bob@example.com>;tag=callee' },
    { name: 'Call-ID', value: 'call-1' },
    { name: 'CSeq', value: '1 ACK' },
    { name: 'Route', value: '<sip:p1.example.com;lr>' },
    { name: 'Route', value: '<sip:p2.example.com;lr>' },
    { name: 'Content-Length', value: '0' },
  ])
})

test('a 2xx that follows a refusal is handed up as a stray response', () => {
  const { answer, takeTold } = start('INVITE')
  answer(603)
  answer(200, 'other-fork')
  expect(takeTold()).toEqual(['response 603', 'stray 200'])
})

test('a final response to a non-INVITE is passed once, and repetitions are absorbed for T4', () => {
  const { clock, answer, takeTold, layer } = start('BYE')
  answer(200)
  clock.advance(4999)
  answer(200)
  answer(481)
  expect(takeTold()).toEqual(['response 200'])
  expect(layer.size).toBe(1)
  clock.advance(1)
  expect(layer.size).toBe(0)
})

test('a request that cannot be delivered ends with the cause, once', () => {
  const { transport, layer, takeTold, clock, transaction } = start('INVITE')
  let ended = 0
  transaction.onTerminated = () => ended++
  transport.sent[0]?.fail(new Error('port unreachable'))
  transport.sent[0]?.fail(new Error('port unreachable'))
  clock.advance(t1x64Ms)
  expect(takeTold()).toEqual(['error port unreachable'])
  expect(ended).toBe(1)
  expect(layer.size).toBe(0)
})

test('an INVITE that has been answered does not mind that its destination is gone', () => {
  const { transport, answer, takeTold } = start('INVITE')
  answer(180)
  transport.sent[0]?.fail()
  answer(200)
  expect(takeTold()).toEqual(['response 180', 'response 200'])
})

test('an ACK that cannot be delivered ends the transaction without a word', () => {
  const { transport, answer, takeTold, layer } = start('INVITE')
  answer(486)
  transport.sent[1]?.fail()
  expect(takeTold()).toEqual(['response 486'])
  expect(layer.size).toBe(0)
})

test('a request that no listener can send fails after send has returned', () => {
  const { clock, transport, layer, told } = rig()
  layer.send(outgoing('INVITE'), { ...udp, address: 'unreachable' }, noting(told))
  expect(told).toEqual([])
  clock.advance(0)
  expect(told).toEqual(['error no listener speaks udp'])
  expect(transport.sent).toEqual([])
  expect(layer.size).toBe(0)
})

test('the top Via is ours, with a new branch each, asks for rport on UDP and for reuse on TLS', () => {
  const { layer, told } = rig()
  const vias = [udp, udp, tcp, { ...tcp, protocol: 'tls' as const }].map((to) =>
    header(layer.send(outgoing('OPTIONS'), to, noting(told)).request, 'Via'),
  )
  expect(new Set(vias).size).toBe(4)
  expect(vias[3]).toMatch(/^SIP\/2\.0\/TLS 192\.0\.2\.10:5060;alias;branch=z9hG4bK[0-9a-f]{24}$/)
  expect(vias[0]).toMatch(/^SIP\/2\.0\/UDP 192\.0\.2\.10:5060;rport;branch=z9hG4bK[0-9a-f]{24}$/)
  expect(vias[2]).toMatch(/^SIP\/2\.0\/TCP 192\.0\.2\.10:5060;branch=z9hG4bK[0-9a-f]{24}$/)
})

test('a request that is to leave by a certain socket names that socket in its Via', () => {
  const { layer, told } = rig()
  const listener = {
    protocol: 'udp',
    address: '10.0.0.1',
    port: 5070,
    host: 'sbc.example.com',
  } as const
  const to = { ...udp, listener }
  const { request } = layer.send(outgoing('OPTIONS'), to, noting(told))
  expect(header(request, 'Via')).toContain('UDP sbc.example.com:5070;')
  expect(header(layer.sendAck(outgoing('ACK'), to).request, 'Via')).toContain(
    'sbc.example.com:5070;',
  )
})

test('a response of another method or branch is not taken for the answer', () => {
  const { layer, transaction, takeTold } = start('INVITE')
  const bye = { ...transaction.request, method: 'BYE' }
  const headers = bye.headers.map(({ name, value }) => ({
    name,
    value: name === 'CSeq' ? '1 BYE' : value,
  }))
  layer.receive(arrive(responseTo({ ...bye, headers }, 200)))
  const via = { name: 'Via', value: 'SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKguessed' }
  const guessed = {
    ...transaction.request,
    headers: [via, ...transaction.request.headers.slice(1)],
  }
  layer.receive(arrive(responseTo(guessed, 200)))
  expect(takeTold()).toEqual(['stray 200', 'stray 200'])
  expect(transaction.finished).toBe(false)
})

test('a response whose top Via is not ours, or not alone, is discarded', () => {
  const { layer, transaction, takeTold } = start('INVITE')
  const [via, ...others] = transaction.request.headers
  const altered = (...vias: string[]) => ({
    ...transaction.request,
    headers: [...vias.map((value) => ({ name: 'Via', value })), ...others],
  })
  const value = via?.value ?? ''
  for (const status of [180, 200, 486]) {
    const elsewhere = value.replace('192.0.2.10:5060', '192.0.2.66:5060')
    layer.receive(arrive(responseTo(altered(elsewhere), status)))
    layer.receive(arrive(responseTo(altered(value, value), status)))
  }
  expect(takeTold()).toEqual([])
  expect(transaction.proceeding).toBe(false)
  layer.receive(arrive(responseTo(altered(`${value};received=192.0.2.77`), 180)))
  expect(takeTold()).toEqual(['response 180'])
})

test('an ACK to a 2xx gets a branch of its own and leaves nothing behind', () => {
  const { transport, layer } = rig()
  const { request, bytes } = layer.sendAck(outgoing('ACK'), udp)
  layer.repeat(bytes, udp)
  expect(header(request, 'Via')).toContain(';branch=z9hG4bK')
  expect(transport.sent.map((sent) => sent.bytes)).toEqual([bytes, bytes])
  expect(layer.size).toBe(0)
})

test('closing the layer stops every timer and calls nobody', () => {
  const { clock, transport, layer, takeTold } = start('INVITE')
  layer.close()
  clock.advance(t1x64Ms)
  expect(transport.take()).toEqual(['0 INVITE'])
  expect(takeTold()).toEqual([])
  expect(layer.size).toBe(0)
  expect(clock.pendingCount).toBe(0)
})
