import { expect, test } from 'vitest'
import type { Protocol } from '../../../src/engine/transport/types.ts'
import { arrive, header, read, request, responseTo, rig } from './fixtures.ts'

const t1x64Ms = 32_000

function opened(method: string, protocol: Protocol = 'udp') {
  const made = rig()
  const text = request(method)
  made.receive(text, protocol)
  const transaction = made.opening()
  const respond = (status: number) =>
    transaction.respond(responseTo(transaction.arrival.message, status))
  const repeatRequest = () => made.receive(text, protocol)
  const ack = (branch?: string) => made.receive(request('ACK', branch ? { branch } : {}), protocol)
  return { ...made, transaction, respond, repeatRequest, ack }
}

test('an INVITE gets a 100 without a To tag before its user hears of it', () => {
  const { transport, told, receive } = rig()
  let toldBefore = -1
  transport.onSend = () => {
    toldBefore = told.length
  }
  receive(request('INVITE', { extra: 'Timestamp: 54\r\nX-Key: not returned\r\n' }))
  const trying = transport.last
  expect(transport.sent.length).toBe(1)
  expect(toldBefore).toBe(0)
  expect(trying).toMatchObject({ kind: 'response', status: 100, reason: 'Trying' })
  expect(header(trying, 'To')).toBe('<sip:bob@example.com>')
  // RFC 3261 8.2.6.1.
  expect(header(trying, 'Timestamp')).toBe('54')
  expect(header(trying, 'X-Key')).toBeUndefined()
  expect(told).toEqual(['request INVITE'])
})

test('a re-INVITE gets its 100 with the To tag it came with', () => {
  const { transport, receive } = rig()
  receive(request('INVITE', { toTag: 'callee' }))
  expect(header(transport.last, 'To')).toBe('<sip:bob@example.com>;tag=callee')
})

test.each([
  ['INVITE', 183, [0]],
  ['INVITE', 486, []],
  ['REGISTER', 100, []],
  ['REGISTER', 200, [0]],
  ['REGISTER', 401, []],
  ['OPTIONS', 200, []],
] as const)(
  'whose %s is answered %i is vouched for, registered for %s ms',
  (method, status, forMs) => {
    const { respond, vouched } = opened(method)
    respond(status)
    expect(vouched).toEqual(forMs)
  },
)

test.each([
  [['Contact: <sip:a@h>', 'Expires: 120'], [], 120_000],
  [['Contact: <sip:a@h>;expires=900', 'Expires: 120'], ['Contact: <sip:a@h>;expires=300'], 300_000],
  [['Contact: <sip:a@h>, <sip:b@h>', 'Expires: 0'], ['Expires: 600'], 0],
  [['Contact: <sip:a@h>;expires=0, <sip:b@h>;expires=60'], [], 60_000],
  [['Contact: *', 'Expires: 0'], [], 0],
  [['Contact: <sip:a@h>'], [], 3_600_000],
])(
  'whoever registers by %j and is granted %j has registered for %i ms',
  (asked, granted, forMs) => {
    const { receive, opening, vouched } = rig()
    receive(request('REGISTER', { extra: asked.map((line) => `${line}\r\n`).join('') }))
    const response = responseTo(opening().arrival.message, 200)
    const headers = granted.map((line) => {
      const [name = '', value = ''] = line.split(': ')
      return { name, value }
    })
    opening().respond({ ...response, headers: [...response.headers, ...headers] })
    expect(vouched).toEqual([forMs])
  },
)

test('a repeated INVITE gets the last provisional response again, the 100 at first', () => {
  const { transport, respond, repeatRequest, takeTold } = opened('INVITE')
  repeatRequest()
  respond(180)
  repeatRequest()
  expect(transport.take()).toEqual(['0 100', '0 100', '0 180', '0 180'])
  expect(takeTold()).toEqual(['request INVITE'])
})

test('an answered INVITE is absorbed for 64*T1; its 2xx is repeated by the user alone', () => {
  const { clock, transport, layer, respond, repeatRequest, takeTold, transaction } =
    opened('INVITE')
  const bytes = respond(200)
  layer.repeat(bytes, layer.responseDestination(transaction))
  repeatRequest()
  clock.advance(t1x64Ms - 1)
  repeatRequest()
  expect(transport.take()).toEqual(['0 100', '0 200', '0 200'])
  expect(takeTold()).toEqual(['request INVITE'])
  clock.advance(1)
  expect(layer.size).toBe(0)
  repeatRequest()
  expect(takeTold()).toEqual(['request INVITE'])
})

test('the ACK to a 2xx is handed up, whether its branch is new or that of the INVITE', () => {
  const { ack, respond, takeTold } = opened('INVITE')
  respond(200)
  ack('z9hG4bKother')
  ack()
  expect(takeTold()).toEqual(['request INVITE', 'ack', 'ack'])
})

test('a refusal over UDP is repeated until 64*T1, then its user hears that no ACK came', () => {
  const { clock, transport, layer, respond, transaction } = opened('INVITE')
  const ends: string[] = []
  transaction.onAckMissing = () => void ends.push('no ACK')
  transaction.onTerminated = () => void ends.push('terminated')
  respond(486)
  transport.take()
  clock.advance(t1x64Ms)
  const times = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
  expect(transport.take()).toEqual(times.map((atMs) => `${atMs} 486`))
  expect(ends).toEqual(['no ACK', 'terminated'])
  expect(layer.size).toBe(0)
})

test('the ACK of a refusal ends its repetition, is not handed up, and more are absorbed for T4', () => {
  const { clock, transport, layer, ack, respond, repeatRequest, takeTold } = opened('INVITE')
  respond(486)
  clock.advance(600)
  ack()
  ack()
  repeatRequest()
  clock.advance(4999)
  ack()
  expect(transport.take()).toEqual(['0 100', '0 486', '500 486'])
  expect(takeTold()).toEqual(['request INVITE'])
  expect(layer.size).toBe(1)
  clock.advance(1)
  expect(layer.size).toBe(0)
})

const streams = ['tcp', 'tls', 'ws', 'wss'] as const

test.each(streams)('over %s a refusal is sent once and forgotten with its ACK', (protocol) => {
  const { clock, transport, layer, ack, respond } = opened('INVITE', protocol)
  respond(486)
  clock.advance(10_000)
  expect(transport.take()).toEqual(['0 100', '0 486'])
  ack()
  expect(layer.size).toBe(0)
})

test('over TCP a refusal that is never ACKed is forgotten after 64*T1', () => {
  const { clock, layer, respond, transaction } = opened('INVITE', 'tcp')
  let missing = 0
  transaction.onAckMissing = () => missing++
  respond(486)
  clock.advance(t1x64Ms)
  expect(missing).toBe(1)
  expect(layer.size).toBe(0)
})

test('a repeated non-INVITE is absorbed until there is a response, then gets the last one', () => {
  const { clock, transport, layer, respond, repeatRequest, takeTold } = opened('OPTIONS')
  repeatRequest()
  expect(transport.take()).toEqual([])
  respond(183)
  repeatRequest()
  respond(200)
  repeatRequest()
  clock.advance(t1x64Ms - 1)
  repeatRequest()
  expect(transport.take()).toEqual(['0 183', '0 183', '0 200', '0 200', '31999 200'])
  expect(takeTold()).toEqual(['request OPTIONS'])
  clock.advance(1)
  expect(layer.size).toBe(0)
})

test('what is repeated is byte for byte what was sent, whatever the bytes', () => {
  const { transport, transaction, repeatRequest } = opened('MESSAGE')
  const response = responseTo(transaction.arrival.message, 200)
  const body = Buffer.from([0, 255, 128, 10, 13, 195, 40])
  const bytes = transaction.respond({ ...response, reason: 'Ünïcode ☎', body })
  repeatRequest()
  expect(transport.sent.map((sent) => sent.bytes)).toEqual([bytes, bytes])
})

test('over TCP an answered non-INVITE is forgotten at once', () => {
  const { layer, respond, transaction } = opened('BYE', 'tcp')
  let ended = 0
  transaction.onTerminated = () => ended++
  respond(200)
  expect(ended).toBe(1)
  expect(layer.size).toBe(0)
})

test('a non-INVITE that its user never answers is forgotten when its sender has given up', () => {
  const { clock, transport, layer, transaction, respond } = opened('OPTIONS')
  let ended = 0
  transaction.onTerminated = () => ended++
  clock.advance(t1x64Ms)
  expect([ended, layer.size, transaction.finished]).toEqual([1, 0, true])
  respond(200)
  expect(transport.take()).toEqual([])
})

test('an INVITE rings as long as its user lets it', () => {
  const { clock, layer, respond, transport } = opened('INVITE')
  respond(180)
  clock.advance(600_000)
  expect(layer.size).toBe(1)
  transport.take()
  respond(200)
  expect(transport.take()).toEqual(['600000 200'])
})

test.each(['INVITE', 'OPTIONS'])('%s: a second final response is dropped', (method) => {
  const { transport, respond, transaction } = opened(method)
  respond(480)
  transport.take()
  respond(200)
  respond(180)
  expect(transaction.finished).toBe(true)
  expect(transaction.lastResponse?.status).toBe(480)
  expect(transport.take()).toEqual([])
})

test('a response that cannot be sent leaves its transaction to absorb repetitions', () => {
  const { transport, respond, repeatRequest, takeTold } = opened('BYE')
  respond(200)
  transport.sent[0]?.fail()
  repeatRequest()
  expect(takeTold()).toEqual(['request BYE'])
  expect(transport.take()).toEqual(['0 200', '0 200'])
})

test('responses go where the request came from, out of the socket it came in by', () => {
  const { transport, layer, transaction } = opened('INVITE')
  const { listener } = transaction.arrival
  const expected = { protocol: 'udp', address: '192.0.2.1', port: 5080, listener }
  expect(transport.sent[0]?.to).toMatchObject(expected)
  expect(layer.responseDestination(transaction)).toMatchObject(expected)
})

test('an ACK that belongs to nothing is handed up', () => {
  const { receive, takeTold } = rig()
  receive(request('ACK'))
  expect(takeTold()).toEqual(['ack'])
})

test('an ACK before any final response changes nothing', () => {
  const { ack, respond, transport, takeTold } = opened('INVITE')
  ack()
  respond(486)
  expect(transport.take()).toEqual(['0 100', '0 486'])
  expect(takeTold()).toEqual(['request INVITE'])
})

test('each transaction has an id of its own that says nothing of the request', () => {
  const { receive, opening } = rig()
  receive(request('INVITE', { branch: 'z9hG4bK|evil|' }))
  receive(request('BYE', { branch: 'z9hG4bKtwo', cseq: 2 }))
  expect(opening(0).id).toMatch(/^[0-9a-f]{24}$/)
  expect(opening(1).id).not.toBe(opening(0).id)
})

test('the same request by another way is refused with 482, and its ACK absorbed', () => {
  const { clock, transport, layer, receive, takeTold } = rig()
  receive(request('INVITE', { branch: 'z9hG4bKfork-1' }))
  transport.take()
  receive(request('INVITE', { branch: 'z9hG4bKfork-2' }))
  expect(header(transport.last, 'To')).toMatch(/^<sip:bob@example.com>;tag=[0-9a-f]{16}$/)
  expect(header(transport.last, 'Via')).toContain('z9hG4bKfork-2')
  receive(request('ACK', { branch: 'z9hG4bKfork-2' }))
  clock.advance(1000)
  expect(transport.take()).toEqual(['0 482'])
  expect(takeTold()).toEqual(['request INVITE'])
  clock.advance(t1x64Ms)
  expect(layer.size).toBe(1)
})

test('a request is merged only with one that is ongoing, equal in all, and outside a dialog', () => {
  const { receive, takeTold, clock, opening } = rig()
  const passes = (method: string, text: Parameters<typeof request>[1]) => {
    receive(request(method, text))
    return takeTold().length > 0
  }
  expect(passes('OPTIONS', { branch: 'z9hG4bK1' })).toBe(true)
  expect(passes('OPTIONS', { branch: 'z9hG4bK2' })).toBe(false)
  expect(passes('OPTIONS', { branch: 'z9hG4bK3', toTag: 'callee' })).toBe(true)
  expect(passes('OPTIONS', { branch: 'z9hG4bK4', cseq: 2 })).toBe(true)
  expect(passes('OPTIONS', { branch: 'z9hG4bK5', callId: 'call-2' })).toBe(true)
  expect(passes('OPTIONS', { branch: 'z9hG4bK6', fromTag: 'other' })).toBe(true)
  expect(passes('MESSAGE', { branch: 'z9hG4bK7' })).toBe(true)
  opening(0).respond(responseTo(opening(0).arrival.message, 200))
  expect(passes('OPTIONS', { branch: 'z9hG4bK8' })).toBe(false)
  clock.advance(t1x64Ms)
  expect(passes('OPTIONS', { branch: 'z9hG4bK9' })).toBe(true)
})

test('beyond the limit a new request gets 503 with a random Retry-After and leaves nothing', () => {
  const { transport, layer, receive, takeTold, opening } = rig({ limits: { transactionsMax: 2 } })
  receive(request('INVITE'))
  receive(request('OPTIONS', { branch: 'z9hG4bKtwo', cseq: 2 }))
  takeTold()
  const waits = new Set<string | undefined>()
  const tags = new Set<string | undefined>()
  for (let at = 0; at < 30; at++) {
    receive(request('INVITE', { branch: `z9hG4bKmore-${at}`, callId: `more-${at}` }))
    expect(transport.last).toMatchObject({ status: 503 })
    waits.add(header(transport.last, 'Retry-After'))
    tags.add(header(transport.last, 'To'))
  }
  expect([...waits].map(Number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(tags.size).toBe(1)
  expect(takeTold()).toEqual([])
  expect(layer.size).toBe(2)
  // What is already there goes on.
  transport.take()
  receive(request('INVITE'))
  receive(request('CANCEL'))
  opening(0).respond(responseTo(opening(0).arrival.message, 487))
  receive(request('ACK'))
  expect(transport.take()).toEqual(['0 100', '0 200', '0 487'])
})

test('a message without a Via or CSeq that can be read is dropped', () => {
  const { layer, transport, takeTold } = rig()
  for (const name of ['Via', 'CSeq']) {
    const message = read(request('INVITE', { branch: name === 'CSeq' ? '' : 'z9hG4bKx' }))
    const headers = message.headers.filter((one) => one.name !== name)
    layer.receive(arrive({ ...message, headers }))
  }
  expect(transport.take()).toEqual([])
  expect(takeTold()).toEqual([])
})
