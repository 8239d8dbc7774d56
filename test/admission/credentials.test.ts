import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import type { CredentialParts } from '../../src/admission/credential-parts.ts'
import type { CallToken } from '../../src/domain/call-token.ts'
import {
  digestAlgorithms as algorithms,
  type CredentialKind,
  type DigestAlgorithm,
} from '../../src/domain/credentials.ts'
import { createCallTokens } from '../../src/identity/call-tokens.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { CertificateKeys } from '../../src/keys/certificate-keys.ts'
import { createDigestAuth } from '../../src/keys/digest.ts'
import { MasterKey } from '../../src/keys/master-key.ts'
import { nonceLifeMs } from '../../src/keys/nonces.ts'
import { digestAnswer } from '../support/digest-answer.ts'
import { attemptWith, keyId, keyText, openWorld, type World } from './fixture.ts'

const random = systemRandom()
const masterKey = new MasterKey(random.bytes(32))
const realm = 'tollgate'
const requestUri = 'sip:+13125550188@gate.example'
const fingerprint = 'ab'.repeat(32)

function digestAuth(clock: Clock) {
  return createDigestAuth({ masterKey, realm, algorithms, clock, random })
}

function accepting(...kinds: CredentialKind[]) {
  return (clock: Clock): CredentialParts => {
    const certificates = new CertificateKeys()
    certificates.learn({ id: keyId, certificates: [fingerprint] } as never)
    return {
      acceptance: { kinds, realm },
      digest: kinds.includes('digest') ? digestAuth(clock) : undefined,
      tokens: kinds.includes('token')
        ? createCallTokens({ key: masterKey.derive('token'), clock })
        : undefined,
      certificates,
    }
  }
}

/** A world in which the key has a digest password, and all kinds count unless told otherwise. */
async function digestWorld(world: World = {}) {
  const clock = { now: () => 0 } as Clock
  const digest = digestAuth(clock).seal(keyId, keyText)
  const opened = await openWorld({
    credentials: accepting('header', 'digest', 'token', 'certificate'),
    ...world,
    key: { digest, certificates: [fingerprint], ...world.key },
  })
  const bare = { presentedKeys: [], requestUri }
  return {
    ...opened,
    /** The challenge to a call that brings nothing. */
    challenge: async () => {
      const decision = await opened.call(bare)
      const [first = ''] = decision.admitted ? [] : (decision.challenges ?? [])
      return /nonce="([^"]+)"/.exec(first)?.[1] ?? ''
    },
    answer: (...authorizations: string[]) =>
      opened.call({ ...bare, authorizations: authorizations.map((text) => new Secret(text)) }),
    bare: (address: Partial<ReturnType<typeof attemptWith>['source']> = {}) =>
      opened.call({ ...bare, source: { ...attemptWith().source, ...address } }),
  }
}

interface Phone {
  readonly nonce: string
  readonly algorithm?: DigestAlgorithm
  readonly username?: string
  readonly password?: string
  readonly uri?: string
  readonly nc?: string
  readonly realm?: string
}

function authorization(phone: Phone): string {
  const usual = { algorithm: 'SHA-256', username: keyId, uri: requestUri, nc: '00000001' } as const
  return digestAnswer({ ...usual, password: keyText, realm, ...phone })
}

test('a call without credentials is challenged where digest counts, and refused where not', async () => {
  await using world = await digestWorld()
  expect(await world.bare()).toMatchObject({
    reason: 'credentials_missing',
    challenges: [expect.stringContaining('SHA-256'), expect.stringContaining('MD5')],
  })
  await using headers = await digestWorld({ credentials: accepting('header') })
  expect(await headers.bare()).toMatchObject({
    reason: 'credentials_missing',
    challenges: undefined,
  })
})

test.each(['SHA-256', 'MD5'] as const)(
  'a right digest answer by %s admits the call',
  async (algorithm) => {
    await using world = await digestWorld()
    const decision = await world.answer(
      authorization({ nonce: await world.challenge(), algorithm }),
    )
    expect(decision).toMatchObject({ admitted: true, grant: { key: { id: keyId } } })
  },
)

test('a phone may answer both challenges, if both answers are right', async () => {
  await using world = await digestWorld()
  const nonce = await world.challenge()
  const sha256 = authorization({ nonce })
  const md5 = authorization({ nonce, algorithm: 'MD5' })
  expect(await world.answer(sha256, md5)).toMatchObject({ admitted: true })
  const wrong = authorization({ nonce, algorithm: 'MD5', password: 'x', nc: '00000002' })
  const again = authorization({ nonce, nc: '00000002' })
  expect(await world.answer(again, wrong)).toMatchObject({ detail: 'secret_wrong' })
  expect(await world.answer(again, again)).toMatchObject({ detail: 'several_credentials' })
})

test('a wrong answer and an unknown user hear the same, without a challenge', async () => {
  await using world = await digestWorld()
  const nonce = await world.challenge()
  const wrong = await world.answer(authorization({ nonce, password: 'wrong' }))
  const unknown = await world.answer(authorization({ nonce, username: 'nobody' }))
  const uniform = { reason: 'credentials_invalid', challenges: undefined, key: undefined }
  expect(wrong).toMatchObject({ ...uniform, detail: 'secret_wrong' })
  expect(unknown).toMatchObject({ ...uniform, detail: 'key_unknown' })
})

test('an answer counts once; a right one that comes again or too late is challenged afresh', async () => {
  await using world = await digestWorld()
  const nonce = await world.challenge()
  const first = authorization({ nonce })
  expect(await world.answer(first)).toMatchObject({ admitted: true })
  const stale = {
    reason: 'credentials_stale',
    challenges: [expect.stringContaining('stale=true'), expect.stringContaining('stale=true')],
  }
  expect(await world.answer(first)).toMatchObject({ ...stale, detail: 'nonce_replayed' })
  world.clock.advance(nonceLifeMs + 1)
  const late = authorization({ nonce, nc: '00000002' })
  expect(await world.answer(late)).toMatchObject({ ...stale, detail: 'nonce_expired' })
})

test('an answer made for one number calls no other', async () => {
  await using world = await digestWorld()
  const nonce = await world.challenge()
  const other = authorization({ nonce, uri: 'sip:+13125550199@gate.example' })
  expect(await world.answer(other)).toMatchObject({ detail: 'digest_of_other_call' })
  const viaProxy = authorization({ nonce, uri: 'sip:+13125550188@proxy.example:5080' })
  expect(await world.answer(viaProxy)).toMatchObject({ admitted: true })
})

test('an answer to another realm is as if it had not come', async () => {
  await using world = await digestWorld()
  const foreign = authorization({ nonce: 'abc', realm: 'pbx.example' })
  expect(await world.answer(foreign)).toMatchObject({ reason: 'credentials_missing' })
})

test.each([
  ['without qop', (text: string) => text.replace(/ qop=auth, nc=\w+, cnonce="\w+",/, '')],
  ['of a form not taken here', (text: string) => text.replace('qop=auth', 'qop=auth-int')],
  ['by another algorithm', (text: string) => text.replace('SHA-256', 'SHA-512-256')],
])('an answer to another realm %s goes beside one to ours', async (_, inTheirForm) => {
  await using world = await digestWorld()
  const foreign = inTheirForm(authorization({ nonce: 'abc', realm: 'pbx.example' }))
  expect(await world.answer(foreign)).toMatchObject({ reason: 'credentials_missing' })
  const nonce = await world.challenge()
  const ours = authorization({ nonce })
  expect(await world.answer(foreign, ours)).toMatchObject({ admitted: true })
  const key = await world.call({ requestUri, authorizations: [new Secret(foreign)] })
  expect(key).toMatchObject({ admitted: true })
})

test('credentials of two kinds are none', async () => {
  await using world = await digestWorld()
  const text = authorization({ nonce: await world.challenge() })
  const both = await world.call({ requestUri, authorizations: [new Secret(text)] })
  expect(both).toMatchObject({ reason: 'credentials_invalid', detail: 'several_credentials' })
})

test('credentials of a kind that does not count are as if they had not come', async () => {
  await using world = await digestWorld({ credentials: accepting('digest') })
  expect(await world.call({ requestUri })).toMatchObject({ reason: 'credentials_missing' })
  expect(await world.answer('Bearer abc')).toMatchObject({ reason: 'credentials_missing' })
  expect(await world.answer('Basic YTpi')).toMatchObject({ reason: 'credentials_missing' })
})

test('a malformed digest is refused, whatever it is', async () => {
  await using world = await digestWorld()
  const nonce = await world.challenge()
  for (const text of [
    'Digest',
    'Digest x',
    authorization({ nonce }).replace('qop=auth', 'qop=auth-int'),
  ]) {
    expect(await world.answer(text)).toMatchObject({ detail: 'digest_malformed' })
  }
})

function showing(fingerprint256: string) {
  return { fingerprint256, verifiedName: undefined }
}

test('a client certificate proves the key it is bound to, where nothing else came', async () => {
  await using world = await digestWorld()
  expect(await world.bare({ certificate: showing(fingerprint) })).toMatchObject({ admitted: true })
  const unknown = await world.bare({ certificate: showing('cd'.repeat(32)) })
  expect(unknown).toMatchObject({ reason: 'credentials_missing', detail: 'certificate_unknown' })
  await using unbound = await digestWorld({ key: { certificates: [] } })
  expect(await unbound.bare({ certificate: showing(fingerprint) })).toMatchObject({
    admitted: false,
  })
})

async function tokenWorld(given: World = {}) {
  const world = await digestWorld(given)
  const tokens = createCallTokens({ key: masterKey.derive('token'), clock: world.clock })
  const token: CallToken = { id: 't1', keyId, expiresAtMs: world.clock.now() + 60_000 }
  return {
    ...world,
    place: async (changed: Partial<CallToken> = {}) => {
      const text = await tokens.issue({ ...token, ...changed })
      return world.answer(`Bearer ${text.reveal()}`)
    },
  }
}

test('a call token places calls until its time', async () => {
  await using world = await tokenWorld()
  expect(await world.place()).toMatchObject({ admitted: true })
  expect(await world.place({ expiresAtMs: world.clock.now() })).toMatchObject({
    reason: 'credentials_invalid',
    detail: 'token_invalid',
  })
})

test('a call token of a clock a little ahead places calls, one of a clock of years ahead none', async () => {
  await using world = await tokenWorld()
  const tokens = createCallTokens({ key: masterKey.derive('token'), clock: world.clock })
  for (const [aheadMs, admitted] of [
    [2_000, true],
    [10 * 365 * 86_400_000, false],
  ] as const) {
    world.clock.setWallBy(aheadMs)
    const expiresAtMs = world.clock.now() + 60_000
    const text = await tokens.issue({ id: `t${aheadMs}`, keyId, expiresAtMs })
    world.clock.setWallBy(-aheadMs)
    expect(await world.answer(`Bearer ${text.reveal()}`)).toMatchObject({ admitted })
  }
})

test('a call token places the calls it was made for, and so many', async () => {
  await using world = await tokenWorld()
  const callee = '+13125550188'
  const caller = '+12025550123'
  expect(await world.place({ callee, caller })).toMatchObject({ admitted: true })
  const others = [{ callee: '+13125550189' }, { caller: '+12025550124' }]
  for (const other of others) {
    expect(await world.place(other)).toMatchObject({ reason: 'credentials_invalid' })
  }
  const two = { id: 't2', callsMax: 2 }
  const placed = [await world.place(two), await world.place(two), await world.place(two)]
  expect(placed.map(({ admitted }) => admitted)).toEqual([true, true, false])
  expect(placed[2]).toMatchObject({ detail: 'token_used_up' })
})

test('a token that was touched or is not ours proves nothing', async () => {
  await using world = await tokenWorld()
  const ours = createCallTokens({ key: masterKey.derive('token'), clock: world.clock })
  const strangers = createCallTokens({ key: random.bytes(32), clock: world.clock })
  const token: CallToken = { id: 't1', keyId, expiresAtMs: world.clock.now() + 60_000 }
  const [head = '', , signature = ''] = (await ours.issue(token)).reveal().split('.')
  const [, other = ''] = (await ours.issue({ ...token, id: 't2' })).reveal().split('.')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  const texts = [
    (await strangers.issue(token)).reveal(),
    `${head}.${other}.${signature}`,
    `${none}.${other}.`,
    'abc',
  ]
  for (const text of texts) {
    expect(await world.answer(`Bearer ${text}`)).toMatchObject({ detail: 'token_invalid' })
  }
  expect(await world.answer('Bearer a b')).toMatchObject({ detail: 'token_malformed' })
})

test.each([
  ['of another algorithm', 'sha512', { alg: 'HS512', typ: 'tollgate-call+jwt' }, 'tollgate-calls'],
  ['of another type', 'sha256', { alg: 'HS256', typ: 'JWT' }, 'tollgate-calls'],
  ['for another audience', 'sha256', { alg: 'HS256', typ: 'tollgate-call+jwt' }, 'elsewhere'],
])('a token %s under the very same key proves nothing', async (_, hash, header, aud) => {
  await using world = await tokenWorld()
  const nowS = Math.floor(world.clock.now() / 1000)
  const claims = { sub: keyId, jti: 'x', aud, iat: nowS, exp: nowS + 60 }
  const parts = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const mac = createHmac(hash, masterKey.derive('token')).update(parts.join('.'))
  const text = [...parts, mac.digest('base64url')].join('.')
  expect(await world.answer(`Bearer ${text}`)).toMatchObject({ detail: 'token_invalid' })
})

test('no credential stands in a decision', async () => {
  await using world = await digestWorld()
  const text = authorization({ nonce: await world.challenge() })
  const decisions = [await world.answer(text), await world.answer(`${text}x`), await world.call({})]
  const written = JSON.stringify(
    decisions.map((one) => [one.trace, one.admitted ? '' : one.detail]),
  )
  expect(written).not.toContain(keyText)
  expect(written).not.toMatch(/response|cnonce/)
})
