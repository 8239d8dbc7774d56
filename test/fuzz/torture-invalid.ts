import { headersMax, lineCharsMax } from '../../src/engine/message/limits.ts'
import { crlf, type TortureCase } from './torture-case.ts'

const invite = `INVITE sip:user@example.com SIP/2.0
Max-Forwards: 70
To: sip:j.user@example.com
From: sip:caller@example.net;tag=93942939o2
Call-ID: invalid.0ha0isndaksdj99sdfafnl3lk233412
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw23492
Contact: <sip:caller@host5.example.net>
Content-Length: {length}
`

const long = 'x'.repeat(lineCharsMax)

/** The INVITE above with one text in it exchanged. */
function changed(from: string, to: string, body = ''): Buffer {
  if (!invite.includes(from)) throw new Error(`no ${from}`)
  return crlf(invite.replace(from, to), body)
}

const requestLine = 'INVITE sip:user@example.com SIP/2.0'
const response = 'SIP/2.0 200 OK'

/** The cases of RFC 4475 3.1.2, those of 3.3 that are a parser's, and some in their spirit. */
export const invalidCases: readonly TortureCase[] = [
  {
    name: '3.1.2.1 badinv01: empty entries and parameters in Via',
    verdict: 400,
    bytes: changed(';branch=z9hG4bKkdjuw23492', ';;,;,,'),
  },
  {
    name: '3.1.2.2 clerr: Content-Length beyond the datagram; in a stream the rest may still come',
    verdict: 400,
    stream: 'silence',
    bytes: changed('{length}', '9999', 'v=0\r\n'),
  },
  {
    name: '3.1.2.3 ncl: negative Content-Length',
    verdict: 400,
    bytes: changed('{length}', '-999', 'v=0\r\n'),
  },
  {
    name: '3.1.2.4 scalar02: CSeq beyond 2^31',
    verdict: 400,
    bytes: changed('CSeq: 8', 'CSeq: 36893488147419103232'),
  },
  {
    name: '3.1.2.4 scalar02: Max-Forwards beyond 255',
    verdict: 400,
    bytes: changed('Max-Forwards: 70', 'Max-Forwards: 300'),
  },
  {
    name: '3.1.2.5 scalarlg: a response with a CSeq beyond 2^31',
    verdict: 'dropped',
    bytes: crlf(
      invite.replace(requestLine, response).replace('CSeq: 8', 'CSeq: 9292394834772304023312'),
    ),
  },
  {
    name: '3.1.2.6 quotbal: a quote that is never closed, in To',
    verdict: 400,
    bytes: changed('To: sip:j.user@', 'To: "Mr. J. User <sip:j.user@'),
  },
  {
    name: '3.1.2.7 ltgtruri: a Request-URI in angle brackets',
    verdict: 400,
    bytes: changed(requestLine, 'INVITE <sip:user@example.com> SIP/2.0'),
  },
  {
    name: '3.1.2.8 lwsruri: white space in the Request-URI',
    verdict: 400,
    bytes: changed(requestLine, 'INVITE sip:user@example.com; lr SIP/2.0'),
  },
  {
    name: '3.1.2.9 lwsstart: more than one space between the parts of the request line',
    verdict: 400,
    bytes: changed(requestLine, 'INVITE  sip:user@example.com  SIP/2.0'),
  },
  {
    name: '3.1.2.10 trws: a space after the request line',
    verdict: 400,
    bytes: changed(requestLine, `${requestLine}  `),
  },
  {
    name: '3.1.2.11 escruri: headers in the Request-URI are for the application to ignore',
    verdict: 'accepted',
    bytes: changed(requestLine, 'INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0'),
  },
  {
    name: '3.1.2.12 baddate: a Date in another time zone; nobody here reads Date',
    verdict: 'accepted',
    bytes: changed('Max-Forwards: 70', 'Max-Forwards: 70\nDate: Fri, 01 Jan 2010 16:00:00 EST'),
  },
  {
    name: '3.1.2.13 regbadct: a URI with a header part needs brackets, or the registration is refused',
    verdict: 'accepted',
    wire: 400,
    bytes: crlf(
      `REGISTER sip:example.com SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=998332
Max-Forwards: 70
Call-ID: regbadct.k345asrl3fdbv@10.0.0.1
CSeq: 1 REGISTER
Via: SIP/2.0/UDP 135.180.130.133:5060;branch=z9hG4bKregbadct
Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E
l: {length}
`,
    ),
  },
  {
    name: '3.1.2.14 badaspec: white space inside the brackets of To',
    verdict: 400,
    bytes: changed(
      'To: sip:j.user@example.com',
      'To: "Watson, Thomas" < sip:t.watson@example.org >',
    ),
  },
  {
    name: '3.1.2.15 baddn: a comma in an unquoted display name; in From it can mean nothing else',
    verdict: 'accepted',
    bytes: changed(
      'From: sip:caller@example.net',
      'From: Bell, Alexander <sip:a.g.bell@example.com>',
    ),
  },
  {
    name: '3.1.2.16 badvers: a version that we do not speak, in the request line and in Via',
    verdict: 505,
    bytes: crlf(invite.replaceAll('SIP/2.0', 'SIP/7.0')),
  },
  {
    name: '3.1.2.17 mismatch01: CSeq names another method',
    verdict: 400,
    bytes: changed('CSeq: 8 INVITE', 'CSeq: 8 REGISTER'),
  },
  {
    name: '3.1.2.18 mismatch02: CSeq names another method than an unknown one',
    verdict: 400,
    bytes: changed('INVITE sip:', 'NEWMETHOD sip:'),
  },
  {
    name: '3.1.2.19 bigcode: a status beyond 699',
    verdict: 'dropped',
    bytes: crlf(invite.replace(requestLine, 'SIP/2.0 4294967301 better not break the receiver')),
  },
  {
    name: '3.3.1 insuf: no Call-ID, From or To',
    verdict: 400,
    bytes: crlf(
      `INVITE sip:user@example.com SIP/2.0
CSeq: 193942 INVITE
Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf
Content-Type: application/sdp
Content-Length: {length}
`,
      'v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.95\r\ns=-\r\nt=0 0\r\n',
    ),
  },
  {
    name: '3.3.8 multi01: headers that may stand once stand twice',
    verdict: 400,
    bytes: changed('CSeq: 8 INVITE', 'CSeq: 8 INVITE\nCall-ID: another@example.com'),
  },
  {
    name: '3.3.9 mcl01: two Content-Lengths that differ',
    verdict: 400,
    bytes: changed('Max-Forwards: 70', 'Max-Forwards: 70\nContent-Length: 5', 'There are five'),
  },
  {
    name: 'two Content-Lengths that agree',
    verdict: 'accepted',
    bytes: changed('Max-Forwards: 70', 'Max-Forwards: 70\nl: 0'),
  },
  { name: 'no Via: nowhere to answer', verdict: 'dropped', bytes: changed('Via:', 'Vai:') },
  {
    name: 'a Via that cannot be read: nowhere to answer',
    verdict: 'dropped',
    bytes: changed('SIP/2.0/UDP 192.0.2.15', 'SIP/2.0/UDP <192.0.2.15>'),
  },
  { name: 'a header line without a colon', verdict: 400, bytes: changed('Contact:', 'Contact') },
  {
    name: 'a header name with a space in it',
    verdict: 400,
    bytes: changed('Contact:', 'Con tact:'),
  },
  { name: 'a header without a name', verdict: 400, bytes: changed('Contact:', ':') },
  { name: 'a bare LF among CRLF', verdict: 'dropped', bytes: lineBreak('\n') },
  { name: 'a bare CR among CRLF', verdict: 'dropped', bytes: lineBreak('\r') },
  { name: 'a folded first header', verdict: 'dropped', bytes: changed('Max-Forwards', ' Max') },
  {
    name: 'bare LF throughout',
    verdict: 'accepted',
    bytes: Buffer.from(`${invite.replace('{length}', '0')}\n`),
  },
  {
    name: 'a CR in a message of bare LF',
    verdict: 'dropped',
    bytes: Buffer.from(`${invite.replace('{length}', '0\r')}\n`),
  },
  {
    name: 'no empty line: the rest may be lost',
    verdict: 400,
    bytes: Buffer.from(invite.replaceAll('\n', '\r\n')),
  },
  { name: 'a Call-ID with a space', verdict: 400, bytes: changed('invalid.', 'invalid ') },
  {
    name: 'an empty Call-ID',
    verdict: 400,
    bytes: changed('invalid.0ha0isndaksdj99sdfafnl3lk233412', ''),
  },
  {
    name: 'a line beyond the limit',
    verdict: 513,
    bytes: changed('Max-', `X-Long: ${long}\nMax-`),
  },
  {
    name: 'a folded value beyond the limit',
    verdict: 513,
    bytes: changed('Max-', `X-Long: ${long.slice(9)}\n x\n ${'x'.repeat(9)}\nMax-`),
  },
  {
    name: 'more header fields than the limit',
    verdict: 513,
    bytes: changed('Max-', `${'X: y\n'.repeat(headersMax)}Max-`),
  },
  {
    name: 'a head beyond the limit: what lies within it is answered',
    verdict: 513,
    bytes: changed('Content', `${`X: ${'x'.repeat(1_000)}\n`.repeat(40)}Content`),
  },
  { name: 'an ACK with a fault', verdict: 'dropped', bytes: changed('INVITE sip:', 'ACK sip:') },
  {
    name: 'an HTTP request',
    verdict: 'dropped',
    bytes: Buffer.from('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n'),
  },
  {
    name: 'the Via that we split is still one',
    verdict: 'accepted',
    bytes: changed(';branch', ' ;branch'),
  },
]

/** The INVITE with one of its line breaks exchanged. */
function lineBreak(text: string): Buffer {
  return Buffer.from(
    changed('Contact', 'X-Break: @\nContact').toString().replace('@\r\n', `@${text}`),
  )
}
