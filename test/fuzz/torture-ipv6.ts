import { crlf, type TortureCase } from './torture-case.ts'

interface Parts {
  readonly method?: string
  readonly uri?: string
  readonly to?: string
  readonly via?: string
  readonly contact?: string
  readonly body?: string
}

const hops = 'Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-'

/** One request between user agents on IPv6; `name` makes its branch and Call-ID its own. */
function request(name: string, parts: Parts = {}): Buffer {
  const { method = 'REGISTER', uri = 'sip:[2001:db8::10]', to = 'sip:user@example.com' } = parts
  const { via = `${hops}${name}`, contact = '"Caller" <sip:caller@[2001:db8::1]>' } = parts
  const type = parts.body === undefined ? '' : 'Content-Type: application/sdp\n'
  return crlf(
    `${method} ${uri} SIP/2.0
To: ${to}
From: sip:user@example.com;tag=81x2
${via}
Call-ID: ${name}.SSG9559905523997077@hlau_4100
Max-Forwards: 70
Contact: ${contact}
CSeq: 98176 ${method}
${type}Content-Length: {length}
`,
    parts.body,
  )
}

/** A session whose lines name these addresses. */
function session(origin: string, ...connections: readonly string[]): string {
  const media = connections.map(
    (one, at) => `m=audio ${6_000 + 24 * at} RTP/AVP 0\r\nc=IN ${one}\r\n`,
  )
  return `v=0\r\no=assistant 971731711378798081 0 IN ${origin}\r\ns=-\r\nt=0 0\r\n${media.join('')}`
}

const severalHops = `${hops}mult
Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111
Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKkdjuw;received=192.0.2.2`

/** The cases of RFC 5118 4. */
export const ipv6Cases: readonly TortureCase[] = [
  {
    name: '4.1 ipv6-good: an address in brackets in the Request-URI, Via and Contact',
    verdict: 'accepted',
    bytes: request('good'),
  },
  {
    name: '4.2 ipv6-bad: without brackets no host and port can be told apart',
    verdict: 400,
    bytes: request('bad', { uri: 'sip:2001:db8::10' }),
  },
  {
    name: '4.3 port-ambiguous: within the brackets it is the address, and there is no port',
    verdict: 'accepted',
    bytes: request('ambiguous', { uri: 'sip:[2001:db8::10:5070]' }),
  },
  {
    name: '4.4 port-unambiguous: after the brackets it is the port',
    verdict: 'accepted',
    bytes: request('unambiguous', { uri: 'sip:[2001:db8::10]:5070' }),
  },
  {
    name: '4.5 via-received-param-with-delim: received in brackets, as RFC 3261 does not write it',
    verdict: 'accepted',
    wire: 481,
    bytes: request('delimited', {
      method: 'BYE',
      to: 'sip:user@example.com;tag=bd76ya',
      via: 'Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-delim',
    }),
  },
  {
    name: '4.5 via-received-param-no-delim: received as RFC 3261 writes it',
    verdict: 'accepted',
    bytes: request('bare', {
      method: 'OPTIONS',
      via: 'Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-bare',
    }),
  },
  {
    name: '4.6 ipv6-in-sdp: the engine does not read the addresses of a session',
    verdict: 'accepted',
    bytes: request('sdp', {
      method: 'INVITE',
      uri: 'sip:user@[2001:db8::10]',
      body: session('IP6 2001:db8::20', 'IP6 2001:db8::20'),
    }),
  },
  {
    name: '4.7 mult-ip-in-header: IPv4 and IPv6 among the Via entries of one message',
    verdict: 'accepted',
    bytes: request('headers', {
      method: 'OPTIONS',
      uri: 'sip:user@host.example.com',
      via: severalHops,
    }),
  },
  {
    name: '4.8 mult-ip-in-sdp: IPv4 and IPv6 in one session',
    verdict: 'accepted',
    bytes: request('both', {
      method: 'INVITE',
      uri: 'sip:user@[2001:db8::10]',
      body: session('IP6 2001:db8::20', 'IP6 2001:db8::1', 'IP4 192.0.2.1'),
    }),
  },
  {
    name: '4.9 ipv4-mapped-ipv6: an IPv4 address written as one of IPv6',
    verdict: 'accepted',
    bytes: request('mapped', {
      method: 'INVITE',
      uri: 'sip:user@example.com',
      via: 'Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19',
      contact: '"T. desk phone" <sip:ted@[::ffff:192.0.2.2]>',
      body: session('IP6 ::ffff:192.0.2.2', 'IP6 ::ffff:192.0.2.2'),
    }),
  },
  {
    name: '4.10 ipv6-bug-abnf-3-colons: the third colon that the grammar of RFC 3261 allowed',
    verdict: 'accepted',
    bytes: request('three', { method: 'OPTIONS', uri: 'sip:user@[2001:db8:::192.0.2.1]' }),
  },
  {
    name: '4.10 ipv6-correct-abnf-2-colons: the same address as RFC 4291 writes it',
    verdict: 'accepted',
    bytes: request('two', { method: 'OPTIONS', uri: 'sip:user@[2001:db8::192.0.2.1]' }),
  },
]
