import { expect, test } from 'vitest'
import { createAdmission } from '../../src/admission/pipeline.ts'
import type { CallToken } from '../../src/domain/call-token.ts'
import { createCallTokens } from '../../src/identity/call-tokens.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { createDigestAuth } from '../../src/keys/digest.ts'
import { MasterKey } from '../../src/keys/master-key.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { redisOptions } from '../contract/redis-contract.ts'
import { digestAnswer } from '../support/digest-answer.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { attemptWith, directoryWith, keyId, keyText } from './fixture.ts'

const random = systemRandom()
const masterKey = new MasterKey(random.bytes(32))
const realm = 'tollgate'
const uri = 'sip:+13125550188@gate.example'

/** A gate that shares keys and counters with those on the same server. */
async function openGate(redis: TestRedis, { isShared }: { readonly isShared: boolean }) {
  const clock = new FakeClock()
  const algorithms = ['SHA-256'] as const
  const digest = createDigestAuth({ masterKey, realm, algorithms, isShared, clock, random })
  const tokens = createCallTokens({ key: masterKey.derive('token'), clock })
  const directory = directoryWith({ key: { digest: digest.seal(keyId, keyText) } })
  const store = await openRedisStore({ ...redisOptions(redis, clock), directory })
  const admit = createAdmission({
    directory: store.directory,
    limiter: store.limiter,
    clock,
    rateOf: () => undefined,
    credentials: { acceptance: { kinds: ['digest', 'token'], realm }, digest, tokens },
    settings: { storeTimeoutMs: 5_000, leaseMs: 60_000, budgetSliceS: 60 },
  })
  return {
    challenge: () => /nonce="([^"]+)"/.exec(digest.challenges(false)[0] ?? '')?.[1] ?? '',
    answer: (text: string) =>
      admit(
        attemptWith({ presentedKeys: [], requestUri: uri, authorizations: [new Secret(text)] }),
      ),
    issue: async (token: Partial<CallToken>) => {
      const usual = { id: 't1', keyId, expiresAtMs: clock.now() + 60_000 }
      return `Bearer ${(await tokens.issue({ ...usual, ...token })).reveal()}`
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function answerTo(nonce: string, nc = '00000001'): string {
  const about = { username: keyId, password: keyText, realm, uri, algorithm: 'SHA-256' } as const
  return digestAnswer({ ...about, nonce, nc })
}

test('an answer overheard at one gate places no call at another', async () => {
  await using redis = await startRedis()
  await using one = await openGate(redis, { isShared: true })
  await using other = await openGate(redis, { isShared: true })
  const nonce = one.challenge()
  expect(await one.answer(answerTo(nonce))).toMatchObject({ admitted: true })
  expect(await other.answer(answerTo(nonce))).toMatchObject({
    reason: 'credentials_stale',
    detail: 'nonce_replayed',
    challenges: [expect.stringContaining('stale=true')],
  })
  // What the first gate has challenged for any gate may be answered at.
  expect(await other.answer(answerTo(nonce, '00000002'))).toMatchObject({ admitted: true })
  expect(await one.answer(answerTo(nonce, '00000002'))).toMatchObject({ detail: 'nonce_replayed' })
}, 30_000)

test('an answer to a gate that shares nothing is stale at another, and after a restart', async () => {
  await using redis = await startRedis()
  await using one = await openGate(redis, { isShared: false })
  await using other = await openGate(redis, { isShared: false })
  const text = answerTo(one.challenge())
  expect(await other.answer(text)).toMatchObject({ detail: 'nonce_foreign' })
  expect(await one.answer(text)).toMatchObject({ admitted: true })
}, 30_000)

test('a token for so many calls is good for so many at all gates together', async () => {
  await using redis = await startRedis()
  await using one = await openGate(redis, { isShared: true })
  await using other = await openGate(redis, { isShared: true })
  const text = await one.issue({ callsMax: 5 })
  const asked = [one, other, one, other, one, other, one, other].map((gate) => gate.answer(text))
  const decisions = await Promise.all(asked)
  expect(decisions.filter(({ admitted }) => admitted).length).toBe(5)
  const refused = decisions.filter(({ admitted }) => !admitted)
  for (const decision of refused) expect(decision).toMatchObject({ detail: 'token_used_up' })
}, 30_000)
