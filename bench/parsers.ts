import SipMessage from 'drachtio-srf/lib/sip-parser/message.js'
import { Parser } from 'sip.js/lib/core/messages/parser.js'
import { parseMessage } from '../src/engine/message/parse.ts'
import { serialize } from '../src/engine/message/serialize.ts'
import { parseAppMessage } from '../src/engine/protocol/app-message.ts'
import { RawMessage } from '../src/sip/raw-message.ts'
import { SrfTextReader } from '../src/sip/srf-text.ts'
import { hostile, hostileRequest } from '../test/fuzz/hostile.ts'
import { cpuUsOfEach, median, perSecond } from './cpu-of.ts'
import type { Report, Row } from './report.ts'

const sdp = [
  ...['v=0', 'o=user1 53655765 2353687637 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1'],
  ...['t=0 0', 'm=audio 6000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', ''],
].join('\r\n')

const via = 'Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-12345-1-0;rport'
const from = 'From: "Alice" <sip:+12025550100@127.0.0.1:5061>;tag=12345SIPpTag001'

const invite = [
  'INVITE sip:+12025550123@127.0.0.1:5060 SIP/2.0',
  ...[via, from, 'To: <sip:+12025550123@127.0.0.1:5060>', 'Call-ID: 1-12345@127.0.0.1'],
  ...['CSeq: 1 INVITE', 'Contact: <sip:sipp@127.0.0.1:5061>', 'Max-Forwards: 70'],
  'X-API-Key: a-key-of-about-the-usual-length-0123456789abcdef',
  ...['Allow: INVITE, ACK, BYE, CANCEL, OPTIONS', 'Supported: 100rel, timer', 'User-Agent: bench'],
  ...['Content-Type: application/sdp', `Content-Length: ${sdp.length}`, '', sdp],
].join('\r\n')

const ok = [
  'SIP/2.0 200 OK',
  ...[`${via}=5061`, from, 'To: <sip:+12025550123@127.0.0.1:5060>;tag=981'],
  ...['Call-ID: 1-12345@127.0.0.1', 'CSeq: 2 BYE', 'Content-Length: 0', '', ''],
].join('\r\n')

const messages = { INVITE: invite, '200 to BYE': ok }
const silent = () => undefined
const logger = { error: silent, warn: silent, log: silent, debug: silent } as never
const reader = new SrfTextReader()

/** What each parser does with the bytes of a message. */
const parsers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  'embedded engine': (bytes) => parseMessage(bytes, 'datagram'),
  'sip.js': (bytes) => Parser.parseMessage(bytes.toString(), logger),
  'drachtio-srf': (bytes) => new SipMessage(bytes.toString()),
  'drachtio-srf, our reader': (bytes) => reader.parse(bytes.toString(), true),
}

/** How many messages a second of CPU time reads and writes, beside two others. */
export function messagesPerSecond(rounds: number): Report {
  const rows: Row[] = []
  for (const [message, text] of Object.entries(messages)) {
    const bytes = Buffer.from(text)
    const read = parseMessage(bytes, 'datagram')
    if (!read.ok) throw new Error(read.reason)
    const written = new SipMessage(text)
    const writers: Readonly<Record<string, () => unknown>> = {
      'embedded engine': () => serialize(read.message),
      'drachtio-srf': () => Buffer.from(written.toString()),
    }
    for (const [parser, run] of Object.entries(parsers)) {
      const write = writers[parser]
      rows.push({
        message,
        parser,
        'read/s': perSecond(cpuUsOfEach(rounds, () => run(bytes))),
        'written/s': write ? perSecond(cpuUsOfEach(rounds, write)) : '',
      })
    }
  }
  const notes = [
    'the engine and sip.js read Via, From, To and CSeq by their grammar; drachtio-srf splits lines',
    'sip.js gives a message that came back as it came; it is not made to write here',
  ]
  return { name: 'messages', title: 'Messages by second of CPU time', rows, notes }
}

const readers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  'engine, network': (bytes) => parseMessage(bytes, 'datagram'),
  'engine, application': parseAppMessage,
  gate: (bytes) => new RawMessage(bytes.toString()),
}

const largestBytes = 65_000
/** A head may be half as large as a message; beyond it nothing is read. */
const headBytes = 32_600

/** The input that takes longest to read, of all that were made for it, up to 64 KB. */
export function dearestMessages(rounds: number): Report {
  const rows: Row[] = []
  for (const [name, read] of Object.entries(readers)) {
    const costs = Object.entries(hostile).flatMap(([shape, make]) =>
      [headBytes, largestBytes].map((size) => {
        const bytes = hostileRequest(make, size)
        return { shape, bytes: bytes.length, ms: leastMs(rounds, () => read(bytes)) }
      }),
    )
    const [dearest] = costs.toSorted((a, b) => b.ms - a.ms)
    rows.push({
      'read by': name,
      'dearest input': dearest?.shape ?? '',
      bytes: dearest?.bytes ?? 0,
      ms: dearest?.ms ?? Number.NaN,
      'median input, ms': median(costs.map(({ ms }) => ms)),
    })
  }
  const notes = [`of ${Object.keys(hostile).length} shapes of input; the promise is 5 ms`]
  return { name: 'dearest', title: 'The dearest 64 KB to read, milliseconds', rows, notes }
}

/** The least of several runs: what is over it was taken by others. */
function leastMs(rounds: number, run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5 * rounds; round++) {
    const before = performance.now()
    run()
    least = Math.min(least, performance.now() - before)
  }
  return least
}
