import { parseMessage } from '../src/engine/message/parse.ts'
import { serialize } from '../src/engine/message/serialize.ts'

// How much CPU reading and writing one message costs. Run: node bench/parse.ts

const sdp = [
  'v=0',
  'o=user1 53655765 2353687637 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 6000 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n')

const invite = [
  'INVITE sip:+12025550123@127.0.0.1:5060 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-12345-1-0;rport',
  'From: "Alice" <sip:+12025550100@127.0.0.1:5061>;tag=12345SIPpTag001',
  'To: <sip:+12025550123@127.0.0.1:5060>',
  'Call-ID: 1-12345@127.0.0.1',
  'CSeq: 1 INVITE',
  'Contact: <sip:sipp@127.0.0.1:5061>',
  'Max-Forwards: 70',
  'X-API-Key: a-key-of-about-the-usual-length-0123456789abcdef',
  'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS',
  'Supported: 100rel, timer',
  'User-Agent: bench',
  'Content-Type: application/sdp',
  `Content-Length: ${sdp.length}`,
  '',
  sdp,
].join('\r\n')

const ok = [
  'SIP/2.0 200 OK',
  'Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-12345-1-0;rport=5061',
  'From: "Alice" <sip:+12025550100@127.0.0.1:5061>;tag=12345SIPpTag001',
  'To: <sip:+12025550123@127.0.0.1:5060>;tag=981',
  'Call-ID: 1-12345@127.0.0.1',
  'CSeq: 2 BYE',
  'Content-Length: 0',
  '',
  '',
].join('\r\n')

const rounds = 5
const perRound = 50_000

/** The least CPU time of one run over several rounds, microseconds; the first ones warm up. */
function cpuOf(run: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    for (let count = 0; count < perRound; count++) run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / perRound)
  }
  return least
}

const rows = Object.entries({ INVITE: invite, '200 to BYE': ok }).map(([message, text]) => {
  const bytes = Buffer.from(text)
  const parsed = parseMessage(bytes, 'datagram')
  if (!parsed.ok) throw new Error(parsed.reason)
  return {
    message,
    bytes: bytes.length,
    'parse us': cpuOf(() => parseMessage(bytes, 'datagram')).toFixed(2),
    'serialize us': cpuOf(() => serialize(parsed.message)).toFixed(2),
  }
})
console.table(rows)
