import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import { serialize } from '../../../src/engine/message/serialize.ts'
import { bytesOf, textOf } from '../../../src/kernel/byte-text.ts'
import { bob, openProxyBench } from '../proxy/bench.ts'
import { openBench } from './bench.ts'

/** Any bytes that may stand in a word: no control characters, no space, nothing that SIP's grammar turns on. */
const word = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((array) =>
    array.filter(
      (byte) => byte > 0x20 && byte !== 0x7f && !'"\\,;<>|'.includes(String.fromCharCode(byte)),
    ),
  )
  .filter(({ length }) => length > 0)
  .map((array) => textOf(Buffer.from(array)))
const body = fc.uint8Array({ maxLength: 40 }).map((array) => textOf(Buffer.from(array)))

interface Raw {
  readonly callId: string
  readonly name: string
  readonly subject: string
  readonly body: string
}

const raw = fc.record({ callId: word, name: word, subject: word, body })

function invite({ callId, name, subject, body }: Raw): string {
  return `INVITE sip:bob@127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-raw;rport
Max-Forwards: 70
From: "${name}" <sip:alice@127.0.0.1:5070>;tag=al
To: <sip:bob@127.0.0.1:5060>
Call-ID: ${callId}
CSeq: 1 INVITE
Contact: <sip:alice@127.0.0.1:5070>
Subject: ${subject}
Content-Type: application/octet-stream
Content-Length: ${bytesOf(body).length}

`
}

/** As on the wire, body included: what is in it is not to be touched. */
function bytesWith(one: Raw): Buffer {
  const head = invite(one).replaceAll('\n', '\r\n')
  return Buffer.concat([bytesOf(head), bytesOf(one.body)])
}

test('a message of any bytes that is read and written again has them all', () => {
  fc.assert(
    fc.property(raw, (one) => {
      const bytes = bytesWith(one)
      const read = parseMessage(bytes, 'datagram')
      if (!read.ok) throw new Error(read.reason)
      expect(serialize(read.message)).toEqual(bytes)
    }),
  )
})

test('what came in is what the app gets and what the sender has back, byte for byte', () => {
  fc.assert(
    fc.property(raw, (one) => {
      const bench = openBench()
      const app = bench.app('invite')
      bench.receive(invite({ ...one, body: '' }))
      const delivered = app.delivered('INVITE')
      expect(delivered?.text).toContain(`\r\nSubject: ${one.subject}\r\n`)
      bench.sip(app, delivered?.fields[8] ?? '', 'SIP/2.0 486 Busy Here\n')
      const answer = textOf(bench.sent.at(-1)?.bytes ?? Buffer.alloc(0))
      expect(answer).toContain(`\r\nCall-ID: ${one.callId}\r\n`)
      expect(answer).toContain(`\r\nFrom: "${one.name}" <`)
    }),
  )
})

test('what an app has forwarded is what came in, byte for byte', () => {
  fc.assert(
    fc.property(raw, (one) => {
      const bench = openProxyBench()
      bench.receive(invite({ ...one, body: '' }))
      bench.proxyAs(bench.app, bench.app.delivered('INVITE')?.fields[8] ?? '', {}, [bob])
      const copy = textOf(bench.sent.at(-1)?.bytes ?? Buffer.alloc(0))
      expect(copy).toContain(`\r\nCall-ID: ${one.callId}\r\n`)
      expect(copy).toContain(`\r\nFrom: "${one.name}" <`)
      expect(copy).toContain(`\r\nSubject: ${one.subject}\r\n`)
    }),
  )
})

test('an app that reads its frames as UTF-8 finds the call by the name that it has there', () => {
  const bench = openBench()
  const app = bench.app('invite')
  bench.receive(invite({ callId: 'call\udcff', name: 'a', subject: 'b', body: '' }))
  bench.sip(app, app.delivered('INVITE')?.fields[8] ?? '', 'SIP/2.0 200 OK\n')
  const known = app.frames.at(-1)?.fields.find((field) => field.includes(';from-tag='))
  expect(known).toBe('call\ufffd;from-tag=al')
  const info = bench.sip(app, `|${known}`, 'INFO sip:placeholder SIP/2.0\n')
  expect(app.replies(info)[0]?.fields[3]).toBe('OK')
  expect(textOf(bench.sent.at(-1)?.bytes ?? Buffer.alloc(0))).toContain(
    '\r\nCall-ID: call\udcff\r\n',
  )
})

test('a head of 32 KB without one character of UTF-8 is read in less than 5 ms', () => {
  const one = { callId: 'c', name: 'n', subject: '\udcff'.repeat(8_000), body: '' }
  const more = Array.from({ length: 3 }, (_, at) => `X-${at}: ${'\udcfe'.repeat(7_900)}\r\n`).join(
    '',
  )
  const bytes = bytesOf(invite(one).replaceAll('\n', '\r\n').replace('Subject', `${more}Subject`))
  for (let warm = 0; warm < 20; warm++) parseMessage(bytes, 'datagram')
  const startedMs = performance.now()
  const read = parseMessage(bytes, 'datagram')
  expect(performance.now() - startedMs).toBeLessThan(5)
  expect(read.ok && serialize(read.message).length).toBe(bytes.length)
})
