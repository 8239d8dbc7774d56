// The engine's part of a call, and the caller's and callee's, as frames of the admin protocol.

const sdp =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 10012 RTP/AVP 0 101\r\n' +
  'a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n'

/** A frame that drachtio-srf sent. */
export interface SentFrame {
  readonly id: string
  readonly payload: string
}

/** A frame with its length. */
export function framed(payload: string): string {
  return `${Buffer.byteLength(payload)}#${payload}`
}

/** The frames in what was written. */
export function framesIn(text: string): readonly SentFrame[] {
  const frames: SentFrame[] = []
  for (let at = 0; at < text.length; ) {
    const mark = text.indexOf('#', at)
    const end = mark + 1 + Number(text.slice(at, mark))
    const [id = ''] = text.slice(mark + 1, end).split('|', 1)
    frames.push({ id, payload: text.slice(mark + 2 + id.length, end) })
    at = end
  }
  return frames
}

/** The INVITE with which a call begins. */
export function firstOf(number: number): string {
  return network(`INVITE sip:+14155550100@127.0.0.1 SIP/2.0`, legOf(number, 'a', 'i'), sdp)
}

/** What comes back for a frame that was sent. */
export function answersTo({ id, payload }: SentFrame): readonly string[] {
  const number = Number(/call-(\d+)/.exec(payload)?.[1])
  const start = payload.split('\r\n', 2)[1] ?? ''
  const [a, b] = [legOf(number, 'a', 'i'), legOf(number, 'b', 'i')]
  const [aEnd, bEnd] = [legOf(number, 'a', 'e'), legOf(number, 'b', 'e')]
  if (start.startsWith('INVITE')) {
    const ringing = network('SIP/2.0 180 Ringing', b, '')
    return [reply(id, start, b, sdp), ringing, network('SIP/2.0 200 OK', b, sdp)]
  }
  if (start.startsWith('BYE'))
    return [reply(id, start, bEnd, ''), network('SIP/2.0 200 OK', bEnd, '')]
  if (!start.startsWith('SIP/2.0 200')) return [reply(id, start, b, '')]
  if (!payload.includes('m=audio')) return [reply(id, start, aEnd, '')]
  const ack = network('ACK sip:127.0.0.1 SIP/2.0', a, '')
  return [reply(id, start, a, sdp), ack, network('BYE sip:127.0.0.1 SIP/2.0', aEnd, '')]
}

/** Whether a frame is a BYE of the network. */
export function ends(frame: string): boolean {
  return frame.includes('\r\nBYE ') && frame.startsWith('e1|sip')
}

interface Leg {
  readonly callId: string
  /** The INVITE's transaction, or that which ends the call. */
  readonly transactionId: string
  readonly cseq: string
}

function legOf(number: number, side: 'a' | 'b', part: 'i' | 'e'): Leg {
  const cseq = part === 'i' ? '1 INVITE' : '2 BYE'
  return { callId: `call-${number}-${side}`, transactionId: `z9hG4bK${number}${side}${part}`, cseq }
}

function network(start: string, leg: Leg, body: string): string {
  const { transactionId, callId } = leg
  const where = `127.0.0.1|5080|12:00:00.000000|${transactionId}|${callId};from-tag=1|127.0.0.1|5060|`
  return `e1|sip|network|600|udp|${where}\r\n${message(start, leg, body)}`
}

function reply(id: string, start: string, leg: Leg, body: string): string {
  const { transactionId, callId } = leg
  const where = `127.0.0.1|5080|12:00:00.000000|${transactionId}|${callId};from-tag=1||Msg sent:|`
  return `e1|response|${id}|OK|application|600|udp|${where}\r\n${message(start, leg, body)}`
}

function message(start: string, { transactionId, callId, cseq }: Leg, body: string): string {
  const head = [
    start,
    `Via: SIP/2.0/UDP 127.0.0.1:5080;rport;branch=${transactionId}`,
    'Max-Forwards: 70',
    'From: <sip:+14155550101@127.0.0.1:5080>;tag=5519009241f4f337',
    'To: <sip:+14155550100@127.0.0.1:5060>;tag=b8ac76164435ab83',
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    'Contact: <sip:+14155550101@127.0.0.1:5080;transport=udp>',
    ...(body ? ['Content-Type: application/sdp'] : []),
    `Content-Length: ${body.length}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
