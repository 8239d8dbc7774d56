import { createDecipheriv, timingSafeEqual } from 'node:crypto'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import {
  digestAlgorithms as algorithms,
  type DigestAlgorithm,
} from '../../src/domain/credentials.ts'
import type { Key, KeyId } from '../../src/domain/key.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { parseAuthParams, splitScheme } from '../../src/keys/auth-params.ts'
import { createDigestAuth } from '../../src/keys/digest.ts'
import { parseDigest } from '../../src/keys/digest-credentials.ts'
import { answersDigest, digestResponse, ha1sOf } from '../../src/keys/digest-response.ts'
import { createSealer, MasterKey, readMasterKey } from '../../src/keys/master-key.ts'
import { FakeClock } from '../support/fake-clock.ts'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  const { timingSafeEqual: compare, createDecipheriv: decipher } = crypto
  return { ...crypto, timingSafeEqual: vi.fn(compare), createDecipheriv: vi.fn(decipher) }
})

const random = systemRandom()
const masterKey = new MasterKey(random.bytes(32))
const clock = new FakeClock()
const digest = createDigestAuth({ masterKey, realm: 'tollgate', algorithms, clock, random })
const password = 'tg_live_the-whole-text'
const key = { id: 'k1' as KeyId, digest: digest.seal('k1', password) } as Key

interface Answering {
  readonly algorithm: DigestAlgorithm
  readonly password?: string
  readonly nonce?: string
  readonly nonceCount?: string
}

/** What a phone would send for a challenge. */
function answer({ algorithm, nonceCount = '00000001', ...given }: Answering) {
  const nonce = given.nonce ?? /nonce="([^"]+)"/.exec(digest.challenges(false)[0] ?? '')?.[1] ?? ''
  const unanswered = {
    username: 'k1',
    realm: 'tollgate',
    nonce,
    uri: 'sip:+1@gate',
    algorithm,
    nonceCount,
    clientNonce: 'abc',
    response: '',
  }
  const ha1s = ha1sOf('k1', 'tollgate', given.password ?? password)
  return { ...unanswered, response: digestResponse(unanswered, 'INVITE', ha1s[algorithm]) }
}

test('the examples of RFC 7616 3.9.1 come out', () => {
  const text = (algorithm: string, response: string) =>
    `username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm},
     nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth,
     cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", response="${response}",
     opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`.replaceAll(/\n\s*/g, ' ')
  const ha1s = ha1sOf('Mufasa', 'http-auth@example.org', 'Circle of Life')
  const md5 = parseDigest(text('MD5', '8ca523f5e9506fed4657c9700eebdbec'))
  const sha = parseDigest(
    text('SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'),
  )
  expect(md5 && answersDigest(md5, 'GET', ha1s)).toBe(true)
  expect(sha && answersDigest(sha, 'GET', ha1s)).toBe(true)
})

test('the challenges are SHA-256 first, then MD5, with one nonce and qop auth', () => {
  const [first = '', second = '', ...more] = digest.challenges(false)
  expect(more).toEqual([])
  expect(first).toMatch(
    /^Digest realm="tollgate", nonce="[\w-]{43}", algorithm=SHA-256, qop="auth"$/,
  )
  expect(second).toBe(first.replace('SHA-256', 'MD5'))
  expect(digest.challenges(true).every((text) => text.endsWith(', stale=true'))).toBe(true)
})

test.each(['SHA-256', 'MD5'] as const)('the right password proves the key by %s', (algorithm) => {
  expect(digest.proves(answer({ algorithm }), 'INVITE', key, 0)).toBe(true)
  expect(digest.proves(answer({ algorithm }), 'BYE', key, 0)).toBe(false)
  expect(digest.proves(answer({ algorithm, password: 'other' }), 'INVITE', key, 0)).toBe(false)
  expect(digest.proves(answer({ algorithm }), 'INVITE', undefined, 0)).toBe(false)
  expect(digest.proves(answer({ algorithm }), 'INVITE', { ...key, digest: undefined }, 0)).toBe(
    false,
  )
})

test('what stands in for a key without a password proves nothing, though anybody may read it', () => {
  for (const fill of [0xa5, 0]) {
    const guessed = answer({ algorithm: 'MD5' })
    const response = digestResponse(guessed, 'INVITE', Buffer.alloc(16, fill))
    expect(digest.proves({ ...guessed, response }, 'INVITE', undefined, 0)).toBe(false)
  }
})

test('what is kept for one key, one realm or one master key opens for no other', () => {
  const other = createDigestAuth({ masterKey, realm: 'elsewhere', algorithms, clock, random })
  const stranger = createDigestAuth({
    masterKey: new MasterKey(random.bytes(32)),
    realm: 'tollgate',
    algorithms,
    clock,
    random,
  })
  const credentials = answer({ algorithm: 'SHA-256' })
  expect(other.proves(credentials, 'INVITE', key, 0)).toBe(false)
  expect(stranger.proves(credentials, 'INVITE', key, 0)).toBe(false)
  expect(digest.proves(credentials, 'INVITE', { ...key, id: 'k2' as KeyId }, 0)).toBe(false)
})

test('a replaced password is good until its moment', () => {
  const previous = { secretHash: Buffer.alloc(32), digest: key.digest, validUntilMs: 1000 }
  const rotated = { ...key, digest: digest.seal('k1', 'fresh'), previous }
  const old = answer({ algorithm: 'SHA-256' })
  const fresh = answer({ algorithm: 'SHA-256', password: 'fresh' })
  expect(digest.proves(old, 'INVITE', rotated, 999)).toBe(true)
  expect(digest.proves(old, 'INVITE', rotated, 1000)).toBe(false)
  expect(digest.proves(fresh, 'INVITE', rotated, 1000)).toBe(true)
})

test('nothing of a password stands readable in what is kept', () => {
  const { 'SHA-256': sha256, MD5: md5 } = ha1sOf('k1', 'tollgate', password)
  const kept = digest.seal('k1', password)
  for (const plain of [sha256, md5, Buffer.from(password)]) expect(kept.includes(plain)).toBe(false)
  expect(digest.seal('k1', password).equals(kept)).toBe(false)
})

test('a touched seal does not open', () => {
  const sealer = createSealer(random.bytes(32), random)
  const sealed = sealer.seal(Buffer.from('plain'), 'of')
  expect(sealer.open(sealed, 'of')?.toString()).toBe('plain')
  for (let at = 0; at < sealed.length; at++) {
    const touched = Buffer.from(sealed)
    touched[at] = (touched[at] ?? 0) ^ 1
    expect(sealer.open(touched, 'of')).toBeUndefined()
    expect(sealer.open(sealed.subarray(0, at), 'of')).toBeUndefined()
  }
})

test('a master key is 32 bytes, in hexadecimal digits or base64', () => {
  const bytes = random.bytes(32)
  const spellings = [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]
  const derived = spellings.map((text) => readMasterKey(new Secret(text)).derive('nonce'))
  expect(derived.every((one) => one.equals(new MasterKey(bytes).derive('nonce')))).toBe(true)
  expect(derived[0]?.equals(new MasterKey(bytes).derive('token'))).toBe(false)
  for (const text of ['', 'short', bytes.toString('hex').slice(1)]) {
    expect(() => readMasterKey(new Secret(text))).toThrow(RangeError)
  }
})

const good =
  'username="u", realm="r", nonce="n", uri="sip:a@b", response="0123456789abcdef0123456789abcdef", qop=auth, nc=00000001, cnonce="c"'

test.each([
  ['no qop', good.replace(', qop=auth', '')],
  ['a qop that was not offered', good.replace('qop=auth', 'qop=auth-int')],
  ['a session algorithm', `${good}, algorithm=MD5-sess`],
  ['a hidden user', `${good}, userhash=true`],
  ['an encoded user', `${good}, username*=UTF-8''u`],
  ['a parameter given twice', `${good}, realm="other"`],
  ['a response of another length', good.replace('0123456789abcdef"', '"')],
  ['a count that is none', good.replace('00000001', '0x000001')],
  ['an open quote', good.replace('"c"', '"c')],
  ['an empty text', ''],
  ['a comma at the end', `${good},`],
])('a digest with %s is none', (_, text) => {
  expect(parseDigest(good)).toMatchObject({ username: 'u', algorithm: 'MD5' })
  expect(parseDigest(text)).toBeUndefined()
})

test('quoted values come out as they went in, whatever stands in them', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string(), { minKeys: 1 }),
      (given) => {
        const text = Object.entries(given).map(
          ([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`,
        )
        const params = parseAuthParams(text.join(' , '))
        if (text.join(' , ').length > 4096) return
        expect(Object.fromEntries(params ?? [])).toEqual({ ...given })
      },
    ),
  )
})

test('no text makes the parsers throw', () => {
  const hostile = fc.oneof(
    fc.string({ maxLength: 5000 }),
    fc
      .array(fc.constantFrom('a=', '"', '\\', ',', ' ', '=', 'b="x"', '\u0000', 'é'))
      .map((p) => p.join('')),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      const { rest } = splitScheme(text)
      parseDigest(rest)
      parseDigest(text)
    }),
  )
})

test('an algorithm that is not offered proves nothing', () => {
  const only = ['SHA-256'] as const
  const strict = createDigestAuth({ masterKey, realm: 'tollgate', algorithms: only, clock, random })
  expect(strict.challenges(false)).toHaveLength(1)
  expect(strict.proves(answer({ algorithm: 'MD5' }), 'INVITE', key, 0)).toBe(false)
  expect(strict.proves(answer({ algorithm: 'SHA-256' }), 'INVITE', key, 0)).toBe(true)
})

test('an unknown user costs the same work as a wrong password, and as a key without one', () => {
  const work = (tried: Key | undefined) => {
    const counted = [vi.mocked(timingSafeEqual), vi.mocked(createDecipheriv)]
    for (const mock of counted) mock.mockClear()
    digest.proves(answer({ algorithm: 'SHA-256', password: 'wrong' }), 'INVITE', tried, 0)
    return counted.map((mock) => mock.mock.calls.length)
  }
  const wrong = work(key)
  expect(wrong).toEqual([2, 2])
  expect(work(undefined)).toEqual(wrong)
  expect(work({ ...key, digest: undefined })).toEqual(wrong)
})
