import { expect, test } from 'vitest'
import { createRegistration } from '../../src/admission/registration.ts'
import { digestAlgorithms as algorithms } from '../../src/domain/credentials.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import type { Trunk, TrunkId } from '../../src/domain/trunk.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { createDigestAuth } from '../../src/keys/digest.ts'
import { MasterKey } from '../../src/keys/master-key.ts'
import { type DigestAnswer, digestAnswer } from '../support/digest-answer.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { attemptWith, keyId, keyText, openWorld, type World } from './fixture.ts'

const random = systemRandom()
const masterKey = new MasterKey(random.bytes(32))
const realm = 'tollgate'

const trunk = (id: string, changed: Partial<Trunk> = {}): [string, Partial<Trunk>] => [
  id,
  { id: id as TrunkId, tenantId: 'acme' as TenantId, registers: true, ...changed },
]
const trunks = new Map([
  trunk('branch'),
  trunk('fixed', { registers: false }),
  trunk('stranger', { tenantId: 'other' as TenantId }),
])

type Sent = Partial<ReturnType<typeof attemptWith>>

/** Gates with one store and one master key, and a PBX whose key receives calls unless told otherwise. */
async function registering({ policy, key, ...world }: World = {}) {
  const digest = (clock: Clock) =>
    createDigestAuth({ masterKey, realm, algorithms, random, clock, isShared: true })
  const { clock, store, ...opened } = await openWorld({
    policy: { scopes: ['calls:receive'], ...policy },
    key: { digest: digest(new FakeClock()).seal(keyId, keyText), ...key },
    ...world,
  })
  const directory = { ...store.directory, trunk: async (id: TrunkId) => trunks.get(id) as Trunk }
  const gate = () =>
    createRegistration({
      directory,
      limiter: store.limiter,
      clock,
      credentials: {
        acceptance: { kinds: ['header', 'digest'], realm },
        digest: digest(clock),
      },
      settings: { storeTimeoutMs: 1000, leaseMs: 60_000, budgetSliceS: 60 },
    })
  const [here, elsewhere] = [gate(), gate()]
  const attempt = (sent: Sent) =>
    attemptWith({ presentedKeys: [], to: '<sip:branch@gate.example>', ...sent })
  const challenge = async () => {
    const said = await here(attempt({}))
    const [first = ''] = said.admitted ? [] : (said.challenges ?? [])
    return /nonce="([^"]+)"/.exec(first)?.[1] ?? ''
  }
  const answered = async (phone: Partial<DigestAnswer> = {}) => {
    const usual = { username: keyId, password: keyText, realm, nc: '00000001' }
    const how = { algorithm: 'SHA-256', method: 'REGISTER', uri: 'sip:gate.example' } as const
    const text = digestAnswer({ ...usual, ...how, nonce: await challenge(), ...phone })
    return { authorizations: [new Secret(text)], requestUri: 'sip:gate.example' }
  }
  return {
    answered,
    here: (sent: Sent) => here(attempt(sent)),
    elsewhere: (sent: Sent) => elsewhere(attempt(sent)),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

test('a key that receives calls registers for a trunk of its tenant', async () => {
  await using world = await registering()
  expect(await world.here(await world.answered())).toMatchObject({
    admitted: true,
    key: { id: keyId },
    tenant: { id: 'acme' },
    trunk: { id: 'branch' },
  })
})

// biome-ignore format: one refusal a line
test.each<[string, string, { world?: World; sent?: Sent; phone?: Partial<DigestAnswer> }]>([
  ['one that has passed too many hops', 'too_many_hops', { sent: { maxForwards: 0 } }],
  ['a key in the header', 'credentials_missing', { sent: { authorizations: [], presentedKeys: [new Secret(keyText)] } }],
  ['a wrong password', 'credentials_invalid', { phone: { password: 'wrong' } }],
  ['an answer that was made for a call', 'credentials_invalid', { phone: { method: 'INVITE' } }],
  ['an address that the key does not work from', 'credentials_invalid', { sent: { source: { address: '198.51.100.9', port: 5060, protocol: 'udp' } } }],
  ['a revoked key', 'key_revoked', { world: { key: { status: 'revoked' } } }],
  ['a suspended key', 'key_suspended', { world: { key: { status: 'suspended' } } }],
  ['a key past its end', 'key_expired', { world: { key: { expiresAtMs: 1 }, nowMs: 2 } }],
  ['a suspended tenant', 'tenant_suspended', { world: { tenant: { status: 'suspended' } } }],
  ['a key that only makes calls', 'scope_denied', { world: { policy: { scopes: ['calls:make'] } } }],
  ['another tenant’s trunk', 'trunk_missing', { sent: { to: '<sip:stranger@gate.example>' } }],
  ['a trunk that takes no registrations', 'trunk_missing', { sent: { to: '<sip:fixed@gate.example>' } }],
  ['no trunk', 'trunk_missing', { sent: { to: '<sip:gate.example>' } }],
])('%s may not register', async (_what, reason, { world: changed, sent, phone }) => {
  await using world = await registering(changed)
  const attempt = { ...(await world.answered(phone)), ...sent }
  expect(await world.here(attempt)).toMatchObject({ admitted: false, reason })
})

test('an answer registers once, at whichever gate', async () => {
  await using world = await registering()
  const answered = await world.answered()
  expect(await world.here(answered)).toMatchObject({ admitted: true })
  const stale = { admitted: false, reason: 'credentials_stale', detail: 'nonce_replayed' }
  expect(await world.elsewhere(answered)).toMatchObject(stale)
  expect(await world.here(answered)).toMatchObject(stale)
})
