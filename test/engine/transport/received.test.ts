import { expect, test } from 'vitest'
import { allHeaders } from '../../../src/engine/message/headers.ts'
import type { Request } from '../../../src/engine/message/message.ts'
import { responseDestination, withSource } from '../../../src/engine/transport/received.ts'
import { refusalBytes } from '../../../src/engine/transport/refuse.ts'
import type { Listener, Protocol } from '../../../src/engine/transport/types.ts'

const address = '10.0.0.9'
const listener: Listener = { protocol: 'udp', address: '10.0.0.1', port: 5060, host: 'gate' }

function request(via: string): Request {
  const values = {
    Via: via,
    From: '<sip:a@b>;tag=1',
    To: '<sip:c@d>',
    'Call-ID': 'x',
    CSeq: '1 BYE',
  }
  const headers = Object.entries(values).map(([name, value]) => ({ name, value }))
  const below = { name: 'Via', value: 'SIP/2.0/UDP below;rport' }
  return {
    kind: 'request',
    method: 'BYE',
    uri: 'sip:c@d',
    headers: [...headers, below],
    body: Buffer.alloc(0),
  }
}

function stamped(protocol: Protocol, via: string): string[] {
  return allHeaders(withSource(request(via), { protocol, address, port: 6000 }), 'Via')
}

test.each([
  ['udp', 'SIP/2.0/UDP 10.0.0.9;branch=b', 'SIP/2.0/UDP 10.0.0.9;branch=b;rport=6000'],
  ['udp', 'SIP/2.0/UDP host;branch=b', 'SIP/2.0/UDP host;branch=b;rport=6000;received=10.0.0.9'],
  ['udp', 'SIP/2.0/UDP 10.0.0.9;rport;x', 'SIP/2.0/UDP 10.0.0.9;x;rport=6000;received=10.0.0.9'],
  ['tcp', 'SIP/2.0/TCP 10.0.0.9;branch=b', 'SIP/2.0/TCP 10.0.0.9;branch=b'],
  ['tcp', 'SIP/2.0/TCP host;branch=b', 'SIP/2.0/TCP host;branch=b;received=10.0.0.9'],
  ['tcp', 'SIP/2.0/TCP host;rport', 'SIP/2.0/TCP host;rport=6000;received=10.0.0.9'],
] as const)('over %s the Via %s becomes %s', (protocol, before, after) => {
  expect(stamped(protocol, before)).toEqual([after, 'SIP/2.0/UDP below;rport'])
})

test.each([
  ['udp', 'SIP/2.0/UDP 10.0.0.9;received=10.6.6.6;rport=666'],
  ['udp', 'SIP/2.0/UDP 10.0.0.9;received=10.6.6.6'],
  ['tcp', 'SIP/2.0/TCP 10.0.0.9;received=10.6.6.6'],
] as const)('over %s what a sender claims about its source is dropped: %s', (protocol, via) => {
  expect(stamped(protocol, via)[0]).not.toContain('666')
  expect(stamped(protocol, via)[0]).not.toContain('10.6')
})

test('an answer goes to the source, whatever the Via says', () => {
  const udp = { protocol: 'udp', address, port: 6000 } as const
  const answerTo = (via: string, protocol: Protocol, connection?: number) => {
    const source = { ...udp, protocol }
    const message = withSource(request(via), source)
    return responseDestination({ message, source, listener, connection, size: 1 })
  }
  const evil = 'SIP/2.0/UDP 10.6.6.6:7000;maddr=10.6.6.7'
  expect(answerTo(evil, 'udp')).toEqual({ ...udp, listener, connection: undefined })
  expect(answerTo(evil, 'tcp', 3)).toEqual({
    protocol: 'tcp',
    address,
    port: 7000,
    listener,
    connection: 3,
  })
  expect(answerTo('SIP/2.0/TCP host', 'tcp').port).toBe(5060)
})

test('a refusal is never larger than what it answers, and loses the To tag first', () => {
  const refusal = { request: request('SIP/2.0/UDP host'), status: 400, reason: 'Bad CSeq' }
  const full = refusalBytes({ ...refusal, size: 1_000 })
  expect(full?.toString()).toMatch(/^SIP\/2\.0 400 Bad CSeq\r\n(?:Via: .*\r\n){2}From: /)
  expect(full?.toString()).toMatch(/\r\nTo: <sip:c@d>;tag=[0-9a-f]{8}\r\n/)
  const size = full?.length ?? 0
  expect(refusalBytes({ ...refusal, size })).toEqual(full)
  const short = refusalBytes({ ...refusal, size: size - 1 })
  expect(short?.toString()).toContain('\r\nTo: <sip:c@d>\r\n')
  expect(refusalBytes({ ...refusal, size: (short?.length ?? 0) - 1 })).toBeUndefined()
})
