import { expect, test } from 'vitest'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import type { Client } from '../../../src/engine/protocol/types.ts'
import { openBench } from './bench.ts'

const multipart =
  '--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x\r\n\r\n\u00f8\u{1f600}\r\n--x--\r\n'
const bodies = [
  Buffer.from('gr\u00fc\u00df \u{1f600}\r\n\r\n'),
  Buffer.from(multipart),
  Buffer.from(Array.from({ length: 256 }, (_, code) => code)),
]

test('a body of an app goes on the wire byte for byte, whatever it is', () => {
  for (const body of bodies) {
    const bench = openBench()
    const request = {
      kind: 'request',
      startLine: 'MESSAGE sip:bob@127.0.0.1:5080 SIP/2.0',
      method: 'MESSAGE',
      uri: 'sip:bob@127.0.0.1:5080',
      headers: [{ name: 'Content-Type', value: 'multipart/mixed;boundary=x' }],
      body,
    } as const
    const ids = { frameId: 'f', transactionId: '', dialogId: '', routeUri: '' }
    bench.core.sendRequest(bench.app(), ids, request)
    const bytes = bench.sent.at(-1)?.bytes ?? Buffer.alloc(0)
    expect(bytes.subarray(-body.length)).toEqual(body)
    expect(bytes.toString('latin1')).toContain(`Content-Length: ${body.length}\r\n`)
  }
})

test('a body off the wire goes to the app byte for byte, whatever it is', () => {
  for (const body of bodies) {
    const bench = openBench()
    const got: Buffer[] = []
    const app: Client = {
      id: 9,
      alive: true,
      send: (_, message) => void (message && got.push(message)),
    }
    bench.core.addRoute(app, 'message')
    const head = `MESSAGE sip:bob@127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-1
From: <sip:alice@127.0.0.1>;tag=al
To: <sip:bob@127.0.0.1>
Call-ID: body
CSeq: 1 MESSAGE
Content-Type: multipart/mixed;boundary=x
Content-Length: ${body.length}

`
    const bytes = Buffer.concat([Buffer.from(head.replaceAll('\n', '\r\n')), body])
    const parsed = parseMessage(bytes, 'datagram')
    if (!parsed.ok) throw new Error(parsed.reason)
    bench.running.layer.receive({
      message: parsed.message,
      source: { protocol: 'udp', address: '127.0.0.1', port: 5070 },
      listener: { protocol: 'udp', address: '127.0.0.1', port: 5060, host: '127.0.0.1' },
      size: bytes.length,
    })
    expect(got[0]?.subarray(-body.length)).toEqual(body)
  }
})
