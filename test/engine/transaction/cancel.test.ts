import { describe, expect, test } from 'vitest'
import type { Request } from '../../../src/engine/message/message.ts'
import { arrive, header, noting, outgoing, request, responseTo, rig, udp } from './fixtures.ts'

const t1x64Ms = 32_000

describe('a CANCEL that comes to us', () => {
  function ringing() {
    const made = rig()
    made.receive(request('INVITE'))
    made.takeTold()
    made.transport.take()
    const transaction = made.opening()
    const respond = (status: number, toTag?: string) =>
      transaction.respond(responseTo(transaction.arrival.message, status, toTag))
    return { ...made, transaction, respond }
  }

  test('is answered with 200 and handed up once, however often it is repeated', () => {
    const { receive, transport, takeTold, layer } = ringing()
    receive(request('CANCEL'))
    receive(request('CANCEL'))
    expect(transport.take()).toEqual(['0 200', '0 200'])
    expect(takeTold()).toEqual(['cancel 0'])
    expect(layer.size).toBe(2)
  })

  test('is answered for as long as it may be repeated, though its INVITE is over by then', () => {
    const { receive, transport, respond, clock, layer } = ringing()
    receive(request('CANCEL'))
    respond(487)
    receive(request('ACK'))
    clock.advance(31_000)
    transport.take()
    receive(request('CANCEL'))
    expect(transport.take()).toEqual(['31000 200'])
    clock.advance(1_000)
    expect(layer.size).toBe(0)
  })

  test('is answered all the same where there is no room to remember it', () => {
    const { receive, transport, layer } = rig({ limits: { transactionsMax: 1 } })
    receive(request('INVITE'))
    transport.take()
    receive(request('CANCEL'))
    expect(transport.take()).toEqual(['0 200'])
    expect(layer.size).toBe(1)
  })

  test('has the To tag of the provisional response', () => {
    const { receive, transport, respond } = ringing()
    respond(180, 'early')
    receive(request('CANCEL'))
    expect(header(transport.last, 'To')).toBe('<sip:bob@example.com>;tag=early')
    expect(header(transport.last, 'CSeq')).toBe('1 CANCEL')
  })

  test.each([200, 486])('after a %i has its To tag', (status) => {
    const { receive, transport, respond } = ringing()
    respond(status, 'final')
    receive(request('CANCEL'))
    expect(header(transport.last, 'To')).toBe('<sip:bob@example.com>;tag=final')
  })

  test('lets the INVITE be answered with 487, which its ACK ends', () => {
    const { receive, transport, takeTold, respond, clock, layer } = ringing()
    respond(180)
    receive(request('CANCEL'))
    respond(487)
    receive(request('ACK'))
    clock.advance(5000)
    expect(transport.take()).toEqual(['0 180', '0 200', '0 487'])
    expect(takeTold()).toEqual(['cancel 0'])
    // That of the CANCEL.
    expect(layer.size).toBe(1)
  })

  test.each([200, 486])('after a %i gets 200 and changes nothing', (status) => {
    const { receive, transport, takeTold, respond } = ringing()
    respond(status)
    receive(request('CANCEL'))
    expect(transport.take()).toEqual([`0 ${status}`, '0 200'])
    expect(takeTold()).toEqual([])
  })

  test('that matches nothing gets 481 with a To tag and leaves nothing', () => {
    const { receive, transport, takeTold, layer } = rig()
    receive(request('CANCEL'))
    expect(header(transport.last, 'To')).toMatch(/;tag=[0-9a-f]{16}$/)
    expect(transport.take()).toEqual(['0 481'])
    expect(takeTold()).toEqual([])
    expect(layer.size).toBe(0)
  })

  test('for a request other than INVITE gets 481', () => {
    const { receive, transport } = rig()
    receive(request('OPTIONS'))
    receive(request('CANCEL'))
    expect(transport.take()).toEqual(['0 481'])
  })

  test('finds its INVITE by the call when its branch or sent-by was changed on the way', () => {
    for (const change of [{ branch: 'z9hG4bKchanged' }, { sentBy: '10.0.0.1:5060' }]) {
      const { receive, transport, takeTold } = ringing()
      receive(request('CANCEL', change))
      expect(transport.take()).toEqual(['0 200'])
      expect(takeTold()).toEqual(['cancel 0'])
    }
  })

  test('with a changed branch cancels nothing of another call, transaction or address', () => {
    const branch = 'z9hG4bKchanged'
    const others = [{ callId: 'call-2' }, { fromTag: 'other' }, { cseq: 2 }]
    const { receive, layer, transport, takeTold } = ringing()
    for (const other of others) receive(request('CANCEL', { branch, ...other }))
    const elsewhere = { protocol: 'udp', address: '198.51.100.66', port: 5080 } as const
    const cancel = outgoing('CANCEL')
    const via = { name: 'Via', value: `SIP/2.0/UDP 192.0.2.1:5080;branch=${branch}` }
    const arrival = arrive({ ...cancel, headers: [via, ...cancel.headers] })
    layer.receive({ ...arrival, source: elsewhere })
    expect(transport.take()).toEqual(['0 481', '0 481', '0 481', '0 481'])
    expect(takeTold()).toEqual([])
  })

  test('over TCP finds an INVITE that has its final response only while that lives', () => {
    const { receive, transport, opening, takeTold } = rig()
    receive(request('INVITE'), 'tcp')
    opening().respond(responseTo(opening().arrival.message, 486))
    takeTold()
    transport.take()
    receive(request('CANCEL'), 'tcp')
    receive(request('ACK'), 'tcp')
    receive(request('CANCEL'), 'tcp')
    expect(transport.take()).toEqual(['0 200', '0 481'])
    expect(takeTold()).toEqual([])
  })
})

describe('a CANCEL of ours', () => {
  function inviting(extra = '') {
    const made = rig()
    const invite = made.layer.send(outgoing('INVITE', extra), udp, noting(made.told))
    const answer = (to: Request, status: number) =>
      made.layer.receive(arrive(responseTo(to, status)))
    made.transport.take()
    return { ...made, invite, answer, cancel: () => made.layer.cancel(invite, []) }
  }

  test('waits for the first provisional response, while the INVITE is still repeated', () => {
    const { transport, clock, invite, answer, cancel, takeTold } = inviting()
    cancel()
    clock.advance(600)
    expect(transport.take()).toEqual(['500 INVITE'])
    answer(invite.request, 100)
    expect(transport.take()).toEqual(['600 CANCEL'])
    expect(takeTold()).toEqual(['response 100'])
  })

  test('goes out at once after a provisional response, and only once', () => {
    const { transport, invite, answer, cancel } = inviting()
    answer(invite.request, 180)
    const first = cancel()
    expect(cancel()).toBe(first)
    answer(invite.request, 180)
    expect(transport.take()).toEqual(['0 CANCEL'])
  })

  test('may be asked for from within the response that lets it go', () => {
    const { layer, transport, told } = rig()
    const invite = layer.send(outgoing('INVITE'), udp, {
      ...noting(told),
      onResponse: () => void layer.cancel(invite, []),
    })
    layer.receive(arrive(responseTo(invite.request, 180)))
    expect(transport.take()).toEqual(['0 INVITE', '0 CANCEL'])
  })

  test('has what RFC 3261 9.1 asks for and the headers its user adds', () => {
    const { layer, transport, invite, answer } = inviting('Route: <sip:p1.example.com;lr>\r\n')
    answer(invite.request, 180)
    const reason = { name: 'Reason', value: 'SIP;cause=200' }
    const cancel = layer.cancel(invite, [reason])
    const sent = transport.last as Request
    expect(sent.uri).toBe(invite.request.uri)
    expect(sent.headers.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      `Via: ${header(invite.request, 'Via')}`,
      'Max-Forwards: 70',
      `From: ${header(invite.request, 'From')}`,
      'To: <sip:bob@example.com>',
      'Call-ID: call-1',
      'CSeq: 1 CANCEL',
      'Route: <sip:p1.example.com;lr>',
      'Reason: SIP;cause=200',
      'Content-Length: 0',
    ])
    expect(cancel.id).not.toBe(invite.id)
    expect(cancel.destination).toEqual(invite.destination)
  })

  test('is a transaction of its own: repeated until answered, its answer told to nobody', () => {
    const { transport, clock, invite, answer, cancel, takeTold, layer } = inviting()
    answer(invite.request, 180)
    const { request: sent } = cancel()
    clock.advance(600)
    answer(sent, 200)
    clock.advance(4000)
    answer(invite.request, 487)
    expect(transport.take()).toEqual(['0 CANCEL', '500 CANCEL', '4600 ACK'])
    expect(takeTold()).toEqual(['response 180', 'response 487'])
    clock.advance(t1x64Ms)
    expect(layer.size).toBe(0)
  })

  test.each([200, 486])('is given up when a %i comes first', (status) => {
    const { transport, clock, invite, answer, cancel, takeTold, layer } = inviting()
    const held = cancel()
    let ended = 0
    held.onTerminated = () => ended++
    expect(layer.size).toBe(2)
    answer(invite.request, status)
    expect([ended, held.finished, layer.size]).toEqual([1, true, 1])
    clock.advance(t1x64Ms)
    expect(transport.take()).toEqual(status === 486 ? ['0 ACK'] : [])
    expect(takeTold()).toEqual([`response ${status}`])
    expect(layer.size).toBe(0)
  })

  test('is given up with an INVITE that nobody answers', () => {
    const { transport, clock, cancel, takeTold, layer } = inviting()
    cancel()
    clock.advance(t1x64Ms)
    expect(transport.take().filter((line) => line.endsWith('CANCEL'))).toEqual([])
    expect(takeTold()).toEqual(['timeout'])
    expect(layer.size).toBe(0)
  })

  test('ends an INVITE that gets no final response within 64*T1', () => {
    const { clock, invite, answer, cancel, takeTold, layer } = inviting()
    clock.advance(1000)
    cancel()
    answer(invite.request, 180)
    clock.advance(t1x64Ms - 1)
    expect(takeTold()).toEqual(['response 180'])
    clock.advance(1)
    expect(takeTold()).toEqual(['timeout'])
    expect(layer.size).toBe(0)
  })

  test('that loses the race to a 2xx leaves the 2xx to the user', () => {
    const { invite, answer, cancel, takeTold } = inviting()
    answer(invite.request, 180)
    cancel()
    answer(invite.request, 200)
    expect(takeTold()).toEqual(['response 180', 'response 200'])
  })

  test('of an INVITE that is over is never sent', () => {
    const { layer, transport, clock, invite, answer, cancel } = inviting()
    answer(invite.request, 180)
    const first = cancel()
    answer(invite.request, 487)
    transport.take()
    const late = cancel()
    expect([late.finished, first.finished]).toEqual([true, false])
    // The first is not lost by it.
    answer(first.request, 200)
    expect(first.finished).toBe(true)
    clock.advance(t1x64Ms)
    expect(cancel().finished).toBe(true)
    expect(transport.take()).toEqual([])
    expect(layer.size).toBe(0)
  })

  test('of an INVITE that no listener can send goes with it', () => {
    const { layer, told, clock } = rig()
    const invite = layer.send(outgoing('INVITE'), { ...udp, address: 'unreachable' }, noting(told))
    layer.cancel(invite, [])
    clock.advance(0)
    expect(told).toEqual(['error no listener speaks udp'])
    expect(layer.size).toBe(0)
  })
})
