import { expect, test } from 'vitest'
import type { CallAttempt } from '../../src/domain/attempt.ts'
import { noLimits, openWorld, type World } from './fixture.ts'

const emergency = { requestUri: 'sip:911@gate.example' }
const nothing = { ...noLimits, callsPerSecondMax: 0, concurrentMax: 0, callsPerDayMax: 0 }
const broken = async () => {
  throw new Error('down')
}

const obstacles: [string, World, Partial<CallAttempt>][] = [
  ['a suspended key', { key: { status: 'suspended' } }, {}],
  ['an expired key', { key: { expiresAtMs: 1 } }, {}],
  ['a suspended tenant', { tenant: { status: 'suspended' } }, {}],
  ['a missing scope', { policy: { scopes: [] } }, {}],
  ['a policy without regions', { policy: { regions: [], numberTypes: [] } }, {}],
  ['limits of nothing', { policy: { limits: nothing }, tenant: { limits: nothing } }, {}],
  ['a limiter that is down', { limiter: { take: broken } }, {}],
  [
    'a foreign caller ID',
    { policy: { foreignCallerId: 'refuse' } },
    { from: 'sip:+16465550100@x' },
  ],
  ['an anonymous caller', {}, { from: 'sip:anonymous@anonymous.invalid' }],
  ['a caller without a number', {}, { from: '<sip:alice@x>' }],
]

test.each(obstacles)('%s does not stop an emergency call', async (_, different, attempt) => {
  await using world = await openWorld(different)
  expect(await world.call({ ...attempt, ...emergency })).toMatchObject({
    admitted: true,
    grant: { called: { emergency: true, dialled: '911', region: 'US' } },
  })
})

const unproven: [string, string, World, Partial<CallAttempt>][] = [
  ['no key', 'credentials_missing', {}, { presentedKeys: [] }],
  ['a wrong key', 'credentials_invalid', { key: { secretHash: Buffer.alloc(32) } }, {}],
  [
    'a wrong address',
    'credentials_invalid',
    {},
    { source: { address: '198.51.100.1', port: 5060, protocol: 'udp' } },
  ],
  ['a revoked key', 'key_revoked', { key: { status: 'revoked' } }, {}],
  ['no hop left', 'too_many_hops', {}, { maxForwards: 0 }],
]

test.each(unproven)(
  '%s makes nobody an emergency caller',
  async (_, reason, different, attempt) => {
    await using world = await openWorld(different)
    expect(await world.call({ ...attempt, ...emergency })).toMatchObject({
      admitted: false,
      reason,
    })
  },
)

test('who cannot be called back is called by the tenant’s main number', async () => {
  const anonymous = { ...emergency, from: 'sip:anonymous@anonymous.invalid' }
  await using world = await openWorld()
  expect(await world.call(anonymous)).toMatchObject({
    grant: { caller: { e164: '+12025550123' }, callerOwned: true, attestation: 'A' },
  })
  await using ranged = await openWorld({ tenant: { numbers: [] } })
  expect(await ranged.call(anonymous)).toMatchObject({
    grant: { caller: { e164: '+14155550100' } },
  })
  await using numberless = await openWorld({ tenant: { numbers: [], ranges: [] } })
  expect(await numberless.call(anonymous)).toMatchObject({
    grant: { caller: { e164: 'anonymous' }, callerOwned: false, attestation: 'B' },
  })
})

test('a number that is not the tenant’s is shown to the emergency services only by a policy that takes it', async () => {
  const foreign = { ...emergency, from: 'sip:+16465550100@x' }
  await using strict = await openWorld({ policy: { foreignCallerId: 'refuse' } })
  expect(await strict.call(foreign)).toMatchObject({
    grant: { caller: { e164: '+12025550123' }, callerOwned: true },
  })
  await using numberless = await openWorld({
    policy: { foreignCallerId: 'refuse' },
    tenant: { numbers: [], ranges: [] },
  })
  expect(await numberless.call(foreign)).toMatchObject({
    grant: { caller: { e164: 'anonymous' }, callerOwned: false },
  })
  await using lenient = await openWorld({ policy: { foreignCallerId: 'attest_b' } })
  expect(await lenient.call(foreign)).toMatchObject({
    grant: { caller: { e164: '+16465550100' }, callerOwned: false, attestation: 'B' },
  })
})

test('an emergency call takes nothing from any limit, and giving back nothing is harmless', async () => {
  const limits = { ...noLimits, callsPerDayMax: 1, concurrentMax: 1 }
  await using world = await openWorld({ policy: { limits } })
  for (let call = 0; call < 5; call++) {
    const decision = await world.call(emergency)
    expect(decision.admitted).toBe(true)
    if (decision.admitted) await decision.leases[Symbol.asyncDispose]()
  }
  expect((await world.call()).admitted).toBe(true)
  expect((await world.call(emergency)).admitted).toBe(true)
})

test('the emergency is the caller’s home region’s, not another’s', async () => {
  await using world = await openWorld({ policy: { homeRegion: 'GB' } })
  expect((await world.call({ requestUri: 'sip:999@x' })).admitted).toBe(true)
  expect((await world.call(emergency)).admitted).toBe(false)
})
