import { crlf, type TortureCase } from './torture-case.ts'

const sdp =
  'v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\n'

/** A REGISTER with one Contact, in the two spellings of RFC 4475 3.3.12 and 3.3.13. */
function register(name: string, cseq: number, contact: string): Buffer {
  return crlf(
    `REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/UDP saturn.example.com:5060;branch=z9hG4bK${name}
Max-Forwards: 70
From: sip:watson@example.com;tag=DkfVgjkrtMwaerKKpe
To: sip:watson@example.com
Call-ID: ${name}.70710@saturn.example.com
CSeq: ${cseq} REGISTER
${contact}
l: {length}
`,
  )
}

/** The cases of RFC 4475 3.3 that are well-formed: what they ask for is the application's business. */
export const applicationCases: readonly TortureCase[] = [
  {
    name: '3.3.3 novelsc: a Request-URI of a known scheme that is not for SIP',
    verdict: 'accepted',
    wire: 416,
    bytes: crlf(
      `OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0
To: sip:user@example.com
From: sip:caller@example.net;tag=384
Max-Forwards: 3
Call-ID: novelsc.asdfasser0q239nwsdfasdkl34
CSeq: 3923423 OPTIONS
Via: SIP/2.0/TCP host9.example.com;branch=z9hG4bKnovelsc
Content-Length: {length}
`,
    ),
  },
  {
    name: '3.3.5 bext01: extensions that nobody supports; the gate answers 420',
    verdict: 'accepted',
    bytes: crlf(
      `OPTIONS sip:user@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.net;tag=242etr
Max-Forwards: 6
Call-ID: bext01.0ha0isndaksdj
Require: nothingSupportsThis, nothingSupportsThisEither
Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis
CSeq: 8 OPTIONS
Via: SIP/2.0/TLS fold-and-staple.example.com;branch=z9hG4bKbext01
Content-Length: {length}
`,
    ),
  },
  {
    name: '3.3.6 invut: a body of an unknown type; whoever reads it refuses or relays it',
    verdict: 'accepted',
    bytes: crlf(
      `INVITE sip:user@example.com SIP/2.0
Contact: <sip:caller@host5.example.net>
To: sip:j.user@example.com
From: sip:caller@example.net;tag=8392034
Max-Forwards: 70
Call-ID: invut.0ha0isndaksdjadsfij34n23d
CSeq: 235448 INVITE
Via: SIP/2.0/UDP somehost.example.com;branch=z9hG4bKinvut
Content-Type: application/unknownformat
Content-Length: {length}
`,
      '<audio>\r\n <pcmu port="443"/>\r\n</audio>\r\n',
    ),
  },
  {
    name: '3.3.7 regaut01: credentials of an unknown scheme are as good as none',
    verdict: 'accepted',
    bytes: crlf(
      `REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=87321hj23128
Max-Forwards: 8
Call-ID: regaut01.0ha0isndaksdj
CSeq: 9338 REGISTER
Via: SIP/2.0/TCP 192.0.2.253;branch=z9hG4bKregaut01
Authorization: NoOneKnowsThisScheme opaque-data=here
Content-Length:{length}
`,
    ),
  },
  {
    name: '3.3.10 bcast: a response with two Vias, the first of them not ours',
    verdict: 'accepted',
    bytes: crlf(
      `SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23
Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: {length}
Content-Type: application/sdp
Contact: <sip:user@host28.example.com>
`,
      sdp,
    ),
  },
  {
    name: "3.3.12 cparam01: without brackets the parameter is the Contact header's",
    verdict: 'accepted',
    bytes: register('cparam01', 2, 'Contact: sip:+19725552222@gw1.example.net;unknownparam'),
  },
  {
    name: "3.3.13 cparam02: within brackets it is the URI's",
    verdict: 'accepted',
    bytes: register('cparam02', 3, 'Contact: <sip:+19725552222@gw1.example.net;unknownparam>'),
  },
  {
    name: "3.3.14 regescrt: a header part within brackets is the URI's, and stays escaped",
    verdict: 'accepted',
    bytes: register(
      'regescrt',
      14398234,
      'M: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>',
    ),
  },
  {
    name: '3.3.15 sdp01: an Accept without SDP; the callee decides',
    verdict: 'accepted',
    bytes: crlf(
      `INVITE sip:user@example.com SIP/2.0
To: sip:j_user@example.com
Contact: <sip:caller@host15.example.net>
From: sip:caller@example.net;tag=234
Max-Forwards: 5
Call-ID: sdp01.ndaksdj9342dasdd
Accept: text/nobodyKnowsThis
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKsdp01
Content-Length: {length}
Content-Type: application/sdp
`,
      sdp,
    ),
  },
]
