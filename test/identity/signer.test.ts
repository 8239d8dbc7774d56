import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ShakenStatement } from '../../src/identity/passport.ts'
import { createSigner, type SignedIdentity } from '../../src/identity/signer.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { certificateIn, statement, temporaryDirectory, verifies, x5u } from './support.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

async function signed(changed: Partial<ShakenStatement> = {}, clock = new FakeClock()) {
  const signer = createSigner({ privateKey, x5u, clock })
  return only(await signer.sign({ ...statement, ...changed }))
}

/** Of a call that is signed by one PASSporT. */
function only({ identities, dateHeader }: SignedIdentity) {
  const [identity = '', ...more] = identities
  expect(more).toEqual([])
  return { identity, dateHeader }
}

function decode(part: string | undefined): string {
  return Buffer.from(part ?? '', 'base64url').toString()
}

/** The same header with one claim or header member changed, signature kept. */
function tampered(identity: string, part: 0 | 1, from: string, to: string): string {
  const parts = identity.split('.')
  const text = decode(parts[part])
  if (!text.includes(from)) throw new Error(`${from} is not in ${text}`)
  parts[part] = Buffer.from(text.replace(from, to)).toString('base64url')
  return parts.join('.')
}

test('RFC 8224 4: the header field is the full form with info, alg and ppt as tokens', async () => {
  const { identity } = await signed()
  expect(identity).toMatch(
    /^[\w-]+\.[\w-]+\.[\w-]{86};info=<https:\/\/cert\.example\.org\/passport\.cer>;alg=ES256;ppt=shaken$/,
  )
})

test('the signed bytes are exactly those of RFC 8588, iat and Date of the same second', async () => {
  const { identity, dateHeader } = await signed(
    {},
    new FakeClock(Date.UTC(2015, 8, 25, 19, 39, 5, 999)),
  )
  const [header, claims] = identity.split('.')
  expect(decode(header)).toBe(`{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"${x5u}"}`)
  expect(decode(claims)).toBe(
    '{"attest":"A","dest":{"tn":["12155550131"]},"iat":1443209945,' +
      '"orig":{"tn":"12155550121"},"origid":"123e4567-e89b-12d3-a456-426655440000"}',
  )
  expect(dateHeader).toBe('Fri, 25 Sep 2015 19:39:05 GMT')
})

test('a verifier that shares no code with the signer accepts it, and only with this key', async () => {
  const { identity } = await signed({ attestation: 'B' })
  expect(verifies(identity, publicKey)).toBe(true)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(verifies(identity, other.publicKey)).toBe(false)
})

test('any claim or header member changed breaks the signature', async () => {
  const { identity } = await signed()
  for (const [part, from, to] of [
    [0, 'ES256', 'none'],
    [0, 'shaken', 'div'],
    [0, 'passport"', 'JWT"'],
    [0, 'cert.example.org', 'cert.example.com'],
    [1, '"attest":"A"', '"attest":"B"'],
    [1, '12155550131', '12155550132'],
    [1, '12155550121', '12155550122'],
    [1, '"iat":1', '"iat":2'],
    [1, '123e4567', '123e4568'],
  ] as const) {
    expect(verifies(tampered(identity, part, from, to), publicKey)).toBe(false)
  }
})

test('OpenSSL accepts chain and signature, and refuses a changed claim', async () => {
  using dir = temporaryDirectory()
  const file = (name: string, content: string | Buffer) => {
    const path = join(dir.path, name)
    writeFileSync(path, content)
    return path
  }
  const clock = new FakeClock()
  const certificate = await certificateIn(dir.path, clock)
  const [leaf = '', ca = ''] = certificate.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)
  const leafFile = file('leaf.pem', leaf)
  const now = String(clock.now() / 1000)
  const chain = ['verify', '-x509_strict', '-attime', now, '-CAfile', file('ca.pem', ca), leafFile]
  expect(openssl(...chain)).toMatch(/: OK\n$/)

  const signer = createSigner({ privateKey: certificate.privateKey, x5u, clock })
  const { identity } = only(await signer.sign(statement))
  const publicFile = file('public.pem', openssl('x509', '-in', leafFile, '-noout', '-pubkey'))
  const check = (value: string) => {
    const [header, claims, signature = ''] = (value.split(';')[0] ?? '').split('.')
    const der = toDer(Buffer.from(signature, 'base64url'))
    const options = ['-sha256', '-verify', publicFile, '-signature', file('signature', der)]
    return openssl('dgst', ...options, file('input', `${header}.${claims}`))
  }
  expect(check(identity)).toBe('Verified OK\n')
  expect(() => check(tampered(identity, 1, '"attest":"A"', '"attest":"B"'))).toThrow()
  expect(verifies(identity, createPublicKey(leaf))).toBe(true)
})

test('calls signed at the same time do not get mixed up', async () => {
  const numbers = Array.from({ length: 50 }, (_, index) => `1215555${1000 + index}`)
  const all = await Promise.all(numbers.map((tn) => signed({ destE164: `+${tn}` })))
  for (const [index, { identity }] of all.entries()) {
    expect(decode(identity.split('.')[1])).toContain(`"dest":{"tn":["${numbers[index]}"]}`)
    expect(verifies(identity, publicKey)).toBe(true)
  }
})

test('what cannot be signed is a failure, not a header', async () => {
  await expect(signed({ destE164: '911' })).rejects.toMatchObject({ code: 'signing_failed' })
})

test('a key of another curve and an address that no verifier fetches are refused', () => {
  const clock = new FakeClock()
  const wrong = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  expect(() => createSigner({ privateKey: wrong, x5u, clock })).toThrow(/P-256/)
  for (const bad of [
    '',
    'cert.pem',
    'ftp://a/b',
    'https://u:p@a/b',
    'https://a/b?c',
    'https://a/b#c',
  ]) {
    expect(() => createSigner({ privateKey, x5u: bad, clock })).toThrow(/no verifier would fetch/)
  }
})

test('nothing in the certificate address can break out of the header field', async () => {
  const clock = new FakeClock()
  const signer = createSigner({ privateKey, x5u: 'https://a/b>;alg=none\r\nX: y', clock })
  const { identity } = only(await signer.sign(statement))
  expect(identity).not.toMatch(/[\r\n ]/)
  expect(identity.match(/>/g)).toHaveLength(1)
})

function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** RFC 3279 2.2.3: SEQUENCE of two INTEGERs, from the 64 bytes of RFC 7518 3.4. */
function toDer(signature: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    let digits = bytes
    while (digits.length > 1 && digits[0] === 0) digits = digits.subarray(1)
    const sign = (digits[0] ?? 0) >= 0x80 ? [0] : []
    return Buffer.from([2, digits.length + sign.length, ...sign, ...digits])
  }
  const both = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))])
  return Buffer.concat([Buffer.from([0x30, both.length]), both])
}
