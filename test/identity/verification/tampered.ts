import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { PassportFault } from '../../../src/domain/passport-faults.ts'
import type { CallToVerify } from '../../../src/domain/verification.ts'
import { callee, encode, type Pieces, shakenClaims, shakenHeader, signed, x5u } from './forge.ts'
import type { Lab } from './lab.ts'

/** One way to make a false Identity field of a right one, and what has to be found. */
export interface Tampering {
  readonly name: string
  readonly fault: PassportFault
  readonly pieces?: (lab: Lab) => Partial<Pieces>
  /** Works on the finished value. */
  readonly value?: (value: string) => string
  readonly call?: (lab: Lab) => Partial<CallToVerify>
}

type Claims = Readonly<Record<string, unknown>>

const claims = (name: string, change: Claims, fault: PassportFault = 'claims_invalid') => ({
  name,
  fault,
  pieces: (lab: Lab) => ({ claims: { ...shakenClaims(lab.clock.now()), ...change } }),
})

const without = (member: string): Tampering => ({
  name: `no ${member} claim`,
  fault: 'claims_invalid',
  pieces: (lab) => {
    const { [member]: _gone, ...rest } = shakenClaims(lab.clock.now()) as Claims
    return { claims: rest }
  },
})

const header = (
  name: string,
  change: Claims,
  fault: PassportFault = 'jose_header_invalid',
): Tampering => ({
  name,
  fault,
  pieces: () => ({ header: { ...shakenHeader(), ...change }, info: x5u }),
})

const parameters = (text: string, fault: PassportFault = 'header_malformed'): Tampering => ({
  name: `parameters ${text}`,
  fault,
  pieces: () => ({ parameters: text }),
})

const value = (
  name: string,
  change: (value: string) => string,
  fault: PassportFault = 'header_malformed',
): Tampering => ({ name, fault, value: change })

const elsewhere = (url: string, fault: PassportFault = 'x5u_forbidden'): Tampering => ({
  name: `x5u ${url}`,
  fault,
  pieces: () => ({ header: shakenHeader(url) }),
})

const moved = (name: string, seconds: number, fault: PassportFault): Tampering => ({
  name,
  fault,
  pieces: (lab) => ({
    claims: { ...shakenClaims(lab.clock.now()), iat: shakenClaims(lab.clock.now()).iat + seconds },
  }),
})

const dated = (name: string, dateHeader: (lab: Lab) => string): Tampering => ({
  name,
  fault: 'date_stale',
  call: (lab) => ({ dateHeader: dateHeader(lab) }),
})

const date = (lab: Lab, seconds: number) => new Date(lab.clock.now() + seconds * 1000).toUTCString()

const flip = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

const part = (text: string, at: number, change: (part: string) => string) =>
  text
    .split('.')
    .map((piece, index) => (index === at ? change(piece) : piece))
    .join('.')

const ends = (text: string, change: (jws: string) => string) => {
  const end = text.indexOf(';')
  return change(text.slice(0, end)) + text.slice(end)
}

/** The order of the group of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other signature that is as valid: r and n - s. */
export function otherHalf(jws: string): string {
  return part(jws, 2, (signature) => {
    const bytes = Buffer.from(signature, 'base64url')
    const s = order - BigInt(`0x${bytes.toString('hex', 32)}`)
    bytes.write(s.toString(16).padStart(64, '0'), 32, 'hex')
    return bytes.toString('base64url')
  })
}

export const tamperings: readonly Tampering[] = [
  // What is claimed.
  ...['attest', 'dest', 'iat', 'orig', 'origid'].map(without),
  ...['D', 'a', 'AX', '', 'A ', 1, null, ['A']].map((attest) =>
    claims(`attest ${JSON.stringify(attest)}`, { attest }),
  ),
  ...['', 'no-uuid', '123e4567e89b12d3a456426655440000', 7, `${'1'.repeat(36)}`].map((origid) =>
    claims(`origid ${JSON.stringify(origid)}`, { origid }),
  ),
  ...['1443208345', 1443208345.5, -1, 0, null, true, 1e300].map((iat) =>
    claims(`iat ${JSON.stringify(iat)}`, { iat }),
  ),
  claims('another caller', { orig: { tn: '12155550122' } }, 'orig_mismatch'),
  claims('a caller with a plus', { orig: { tn: '+12155550121' } }),
  claims('a caller with separators', { orig: { tn: '1-215-555-0121' } }),
  claims('a caller of full-width digits', { orig: { tn: '１2155550121' } }),
  claims('two callers', { orig: { tn: '12155550121', uri: 'sip:x@example.com' } }),
  claims('a list of callers', { orig: { tn: ['12155550121'] } }),
  claims('a caller by URI', { orig: { uri: 'sip:12155550121@example.com' } }, 'orig_mismatch'),
  claims('a caller that is text', { orig: '12155550121' }),
  claims('another callee', { dest: { tn: ['12155550132'] } }, 'dest_mismatch'),
  claims('a callee that is not in a list', { dest: { tn: callee } }),
  claims('no callee in the list', { dest: { tn: [] } }),
  claims('an empty dest', { dest: {} }),
  claims('a dest that is a list', { dest: [{ tn: callee }] }),
  claims('a callee that is a number', { dest: { tn: [12155550131] } }),
  claims('a callee with a plus', { dest: { tn: [`+${callee}`] } }),
  claims('the callee beside what is none', { dest: { tn: [callee, 'x'] } }),
  claims('the callee under another name', { dest: { phone: [callee] } }),
  claims('a dest of too many', { dest: { tn: Array(65).fill(callee) } }),
  claims('the callee as a URI alone', { dest: { uri: [`sip:${callee}@x.org`] } }, 'dest_mismatch'),
  moved('signed 61 s ago', -61, 'iat_stale'),
  moved('signed a day ago', -86_400, 'iat_stale'),
  moved('signed 61 s ahead', 61, 'iat_in_future'),
  moved('signed a year ahead', 31_536_000, 'iat_in_future'),
  dated('a Date of two minutes ago', (lab) => date(lab, -120)),
  dated('a Date ahead by two minutes', (lab) => date(lab, 120)),
  dated('a Date that is none', () => 'yesterday'),
  dated('a Date of another zone', (lab) => date(lab, 0).replace('GMT', 'CET')),
  dated('a Date of a wrong weekday', (lab) => date(lab, 0).replace(/^.../, 'Sat')),
  // What is around it.
  header('alg none', { alg: 'none' }, 'algorithm_unsupported'),
  header('alg HS256', { alg: 'HS256' }, 'algorithm_unsupported'),
  header('alg ES384', { alg: 'ES384' }, 'algorithm_unsupported'),
  header('alg RS256', { alg: 'RS256' }, 'algorithm_unsupported'),
  header('alg es256', { alg: 'es256' }, 'algorithm_unsupported'),
  header('alg of a list', { alg: ['ES256'] }, 'algorithm_unsupported'),
  header('no alg', { alg: undefined }, 'algorithm_unsupported'),
  header('typ JWT', { typ: 'JWT' }),
  header('no typ', { typ: undefined }),
  {
    name: 'no ppt in the header',
    fault: 'jose_header_invalid',
    pieces: () => ({
      header: { ...shakenHeader(), ppt: undefined },
      parameters: `;info=<${x5u}>;alg=ES256;ppt=shaken`,
    }),
  },
  header('x5u of another place', { x5u: 'https://cert.example.org/other.pem' }),
  header('no x5u', { x5u: undefined }),
  header('x5u of a list', { x5u: [x5u] }),
  header('crit', { crit: ['exp'] }),
  header('crit and b64', { crit: ['b64'], b64: false }),
  header('jku', { jku: 'https://evil.example/keys' }),
  header('jwk of its own', { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }),
  header('kid', { kid: '../../etc/passwd' }),
  header('x5c', { x5c: ['MIIB'] }),
  header('zip', { zip: 'DEF' }),
  {
    name: 'alg none without a signature',
    fault: 'header_malformed',
    pieces: () => ({ header: { ...shakenHeader(), alg: 'none' }, signature: () => '' }),
  },
  {
    name: 'HS256 with the public key as secret',
    fault: 'algorithm_unsupported',
    pieces: (lab) => ({
      header: { ...shakenHeader(), alg: 'HS256' },
      signature: (input) => hmacByPublicKey(lab, input),
    }),
  },
  {
    name: 'HMAC by the public key under the name of ES256',
    fault: 'signature_invalid',
    pieces: (lab) => ({ signature: (input) => hmacByPublicKey(lab, input) }),
  },
  {
    name: 'alg doubled in the header',
    fault: 'jose_header_invalid',
    pieces: () => ({
      headerText: `{"alg":"none","alg":"ES256","ppt":"shaken","typ":"passport","x5u":"${x5u}"}`,
    }),
  },
  {
    name: 'alg doubled by an escape',
    fault: 'jose_header_invalid',
    pieces: () => ({
      headerText: `{"\\u0061lg":"none","alg":"ES256","ppt":"shaken","typ":"passport","x5u":"${x5u}"}`,
    }),
  },
  {
    name: 'orig doubled in the claims',
    fault: 'claims_invalid',
    pieces: (lab) => ({
      claimsText: JSON.stringify(shakenClaims(lab.clock.now())).replace(
        '"orig":',
        '"orig":{"tn":"12155550999"},"orig":',
      ),
    }),
  },
  {
    name: 'dest doubled within dest',
    fault: 'claims_invalid',
    pieces: (lab) => ({
      claimsText: JSON.stringify(shakenClaims(lab.clock.now())).replace(
        '"tn":[',
        '"tn":["1"],"tn":[',
      ),
    }),
  },
  {
    name: 'a header that is a list',
    fault: 'jose_header_invalid',
    pieces: () => ({ headerText: '[]' }),
  },
  { name: 'claims that are a list', fault: 'claims_invalid', pieces: () => ({ claimsText: '[]' }) },
  { name: 'claims that are null', fault: 'claims_invalid', pieces: () => ({ claimsText: 'null' }) },
  {
    name: 'claims that are no JSON',
    fault: 'claims_invalid',
    pieces: () => ({ claimsText: '{"a":' }),
  },
  { name: 'claims behind a byte order mark', fault: 'claims_invalid', pieces: bom },
  { name: 'claims that nest deep', fault: 'claims_invalid', pieces: deep },
  { name: 'claims of no UTF-8', fault: 'claims_invalid', pieces: () => ({ claimsPart: 'wyg' }) },
  // What the field says.
  ...['', ';alg=ES256;ppt=shaken', `;alg=ES256;info=<${x5u}>;ppt=shaken`, `;info=${x5u}`].map(
    (text) => parameters(text),
  ),
  parameters(`;info="${x5u}";alg=ES256;ppt=shaken`),
  parameters(`;info=<${x5u}>;info=<https://evil.example/c>;alg=ES256;ppt=shaken`),
  parameters(`;info=<${x5u}>;alg=ES256;alg=none;ppt=shaken`),
  parameters(`;info=<${x5u}>;alg=ES256;ppt=shaken;ppt=div`),
  parameters(`;info=<${x5u}>;alg;ppt=shaken`),
  parameters(`;info=<>;alg=ES256;ppt=shaken`),
  parameters(`;info=<${x5u}>;alg=ES256;ppt=shaken;`),
  parameters(`;info=<${x5u}>;alg=ES256;ppt=shaken, x.y.z;info=<${x5u}>`),
  parameters(`;info=<${x5u}>;alg=ES256;ppt=shaken${';a=b'.repeat(20)}`),
  parameters(`;info=<${x5u}>;alg=ES256;ppt=shaken garbage`),
  parameters(`;info=<${x5u}>;alg=ES384;ppt=shaken`, 'algorithm_unsupported'),
  parameters(`;info=<${x5u}>;alg=none;ppt=shaken`, 'algorithm_unsupported'),
  parameters(
    `;info=<https://cert.example.org/other.pem>;alg=ES256;ppt=shaken`,
    'jose_header_invalid',
  ),
  parameters(`;info=<${x5u}>;alg=ES256;ppt=div`, 'jose_header_invalid'),
  parameters(`;info=<${x5u}>;alg=ES256`, 'jose_header_invalid'),
  value('nothing', () => ''),
  value('two parts', (text) => ends(text, (jws) => part(jws, 0, () => '').slice(1))),
  value('four parts', (text) => ends(text, (jws) => `${jws}.AAAA`)),
  value('a header without claims', (text) => ends(text, (jws) => part(jws, 1, () => ''))),
  value('claims without a header', (text) => ends(text, (jws) => part(jws, 0, () => ''))),
  value('a quoted JWS', (text) => ends(text, (jws) => `"${jws}"`)),
  value('a blank in the JWS', (text) => ends(text, (jws) => part(jws, 1, (p) => `${p} `))),
  value('base64 with padding', (text) => ends(text, (jws) => `${jws}==`)),
  value('base64 in place of base64url', (text) =>
    ends(text, (jws) => part(jws, 2, (p) => `+/${p.slice(2)}`)),
  ),
  value('17 KiB', (text) => `${text};x=${'y'.repeat(17_000)}`, 'header_too_long'),
  value(
    'the compact form of shaken',
    (text) => ends(text, (jws) => `..${jws.split('.')[2]}`),
    'not_reconstructible',
  ),
  // What it was signed with.
  value(
    'a bit of the signature',
    (text) => ends(text, (jws) => part(jws, 2, (p) => flip(p, 20))),
    'signature_invalid',
  ),
  value(
    'leftover bits in the signature',
    (text) =>
      ends(text, (jws) =>
        part(
          jws,
          2,
          (p) =>
            `${p.slice(0, -1)}${p.at(-1) === 'A' ? 'B' : String.fromCharCode((p.codePointAt(85) ?? 0) + 1)}`,
        ),
      ),
    'signature_invalid',
  ),
  value(
    'a signature that is too short',
    (text) => ends(text, (jws) => part(jws, 2, (p) => p.slice(0, 82))),
    'signature_invalid',
  ),
  value(
    'bytes behind the signature',
    (text) =>
      ends(text, (jws) =>
        part(jws, 2, (p) =>
          Buffer.concat([Buffer.from(p, 'base64url'), Buffer.from([0])]).toString('base64url'),
        ),
      ),
    'signature_invalid',
  ),
  {
    name: 'a signature of zeros',
    fault: 'signature_invalid',
    pieces: () => ({ signature: () => Buffer.alloc(64).toString('base64url') }),
  },
  {
    name: 'r and s of the group order',
    fault: 'signature_invalid',
    pieces: () => ({
      signature: () => Buffer.from(order.toString(16).repeat(2), 'hex').toString('base64url'),
    }),
  },
  {
    name: 'the signature of other claims',
    fault: 'signature_invalid',
    pieces: (lab) => ({ signature: (input) => signed(`${input}x`, lab.leaf.privateKey) }),
  },
  {
    name: 'a DER signature',
    fault: 'signature_invalid',
    pieces: (lab) => ({
      signature: (input) =>
        sign('sha256', Buffer.from(input), lab.leaf.privateKey).toString('base64url'),
    }),
  },
  {
    name: 'a signature over SHA-384',
    fault: 'signature_invalid',
    pieces: (lab) => ({
      signature: (input) =>
        sign('sha384', Buffer.from(input), {
          key: lab.leaf.privateKey,
          dsaEncoding: 'ieee-p1363',
        }).toString('base64url'),
    }),
  },
  {
    name: 'the key of somebody else',
    fault: 'signature_invalid',
    pieces: () => ({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
  },
  // Where the certificate is to be fetched.
  ...[
    'http://cert.example.org/shaken.pem',
    'ftp://cert.example.org/shaken.pem',
    'file:///etc/passwd',
    'HTTPS:cert.example.org/shaken.pem',
    'https://cert.example.org:80/shaken.pem',
    'https://cert.example.org:4443/shaken.pem',
    'https://cert.example.org:0443x/shaken.pem',
    'https://user@cert.example.org/shaken.pem',
    'https://user:secret@cert.example.org/shaken.pem',
    'https://cert.example.org/shaken.pem?id=1',
    'https://cert.example.org/shaken.pem#top',
    'https://cert.example.org',
    'https://cert.example.org\\@evil.example/shaken.pem',
    'https://127.0.0.1/shaken.pem',
    'https://127.1/shaken.pem',
    'https://2130706433/shaken.pem',
    'https://0x7f000001/shaken.pem',
    'https://0177.0.0.1/shaken.pem',
    'https://10.1.2.3/shaken.pem',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/shaken.pem',
    'https://[::ffff:127.0.0.1]/shaken.pem',
    'https://93.184.216.34/shaken.pem',
    'https://localhost/shaken.pem',
    'https://cert.example.org./shaken.pem',
    'https://cert..example.org/shaken.pem',
    'https://cert.example.0x7f/shaken.pem',
    'https://cert_1.example.org/shaken.pem',
    'https://lab.test:9444/shaken.pem',
    `https://cert.example.org/${'a'.repeat(1100)}`,
  ].map((url) => elsewhere(url)),
  elsewhere('https://nowhere.example/shaken.pem', 'fetch_failed'),
  elsewhere('https://cert.example.org/none.pem', 'fetch_failed'),
]

function hmacByPublicKey(lab: Lab, input: string): string {
  const secret = createPublicKey(lab.leaf.privateKey).export({ type: 'spki', format: 'pem' })
  const digest = createHmac('sha256', secret).update(input).digest()
  return Buffer.concat([digest, digest]).toString('base64url')
}

function bom(lab: Lab): Partial<Pieces> {
  return { claimsPart: encode(`\ufeff${JSON.stringify(shakenClaims(lab.clock.now()))}`) }
}

function deep(lab: Lab): Partial<Pieces> {
  const text = JSON.stringify(shakenClaims(lab.clock.now()))
  return { claimsText: `${text.slice(0, -1)},"x":${'['.repeat(2000)}${']'.repeat(2000)}}` }
}
