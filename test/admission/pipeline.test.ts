import { expect, test } from 'vitest'
import type { CallAttempt } from '../../src/domain/attempt.ts'
import type { Decision } from '../../src/domain/decision.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { mintKey } from '../../src/keys/format.ts'
import type { LimitOwner } from '../../src/store/port.ts'
import { attemptWith, keyText, noLimits, openWorld, type World } from './fixture.ts'

const why = (decision: Decision) => (decision.admitted ? 'admitted' : decision.reason)

const keyOwner: LimitOwner = { level: 'key', id: keyText.slice(8, 24) }
const tenantOwner: LimitOwner = { level: 'tenant', id: 'acme' }

test('a call that passes every check is admitted with its grant, leases and trace', async () => {
  await using world = await openWorld({ policy: { limits: { ...noLimits, concurrentMax: 1 } } })
  const attempt = attemptWith()
  const decision = await world.admit(attempt)
  expect(decision).toMatchObject({
    admitted: true,
    grant: {
      tenant: { id: 'acme' },
      policy: { id: 'sales' },
      called: { e164: '+13125550188', region: 'US', type: 'FIXED_LINE_OR_MOBILE' },
      caller: { e164: '+12025550123' },
      callerOwned: true,
      attestation: 'A',
    },
    leases: { callId: attempt.id },
  })
  expect(decision.trace.map((step) => step.check)).toEqual([
    'hops',
    'presented_key',
    'key_proof',
    'source_address',
    'key_revoked',
    'key_holder',
    'emergency',
    'key_active',
    'tenant_active',
    'scope',
    'call_class',
    'called_number',
    'destination_region',
    'destination_type',
    'destination_prefix',
    'caller_id',
    'recording',
    'calling_hours',
    'callee_attempts',
    'price',
    'do_not_call',
    'consent',
    'token_bounds',
    'limits',
  ])
  expect(decision.trace.every((step) => step.passed)).toBe(true)
  expect(await world.store.limiter.running({ level: 'tenant', id: 'acme' }, keyOwner)).toBe(1)
})

test("digits mean what the policy's dial plan says, and two meanings are refused", async () => {
  const dialPlan = {
    internationalPrefixes: ['00'],
    nationalPrefix: '0',
    outsideLine: '',
    local: { areaCode: '30', length: 8 },
  }
  const policy = { regions: ['DE'], homeRegion: 'DE', dialPlan }
  await using world = await openWorld({ policy })
  const clear = await world.admit(attemptWith({ requestUri: 'sip:0030123456@x' }))
  expect(why(clear)).not.toBe('number_ambiguous')
  expect(why(await world.admit(attemptWith({ requestUri: 'sip:30123456@x' })))).toBe(
    'number_ambiguous',
  )
})

const attemptsRefused: [string, string, Partial<CallAttempt>][] = [
  ['no hop left', 'too_many_hops', { maxForwards: 0 }],
  ['an unreadable Max-Forwards', 'request_malformed', { maxForwards: -1 }],
  ['no key', 'credentials_missing', { presentedKeys: [] }],
  ['a premium number', 'geo_type_denied', { requestUri: 'sip:+19005551234@x' }],
  [
    'a premium number with an escaped plus',
    'geo_type_denied',
    { requestUri: 'sip:%2B19005551234@x' },
  ],
  ['Jamaica, which shares +1', 'geo_country_denied', { requestUri: 'sip:+18765551234@x' }],
  ['a satellite', 'geo_country_denied', { requestUri: 'tel:+881612345678' }],
  ['a short number', 'number_incomplete', { requestUri: 'sip:5550123@x' }],
  ['a name', 'number_malformed', { requestUri: 'sip:alice@x' }],
  ['a mail address', 'uri_scheme_unsupported', { requestUri: 'mailto:a@b.example' }],
  ['a number nobody has', 'number_invalid', { requestUri: 'sip:+19765551234@x' }],
  ['911 with digits behind it', 'number_invalid', { requestUri: 'sip:9116666666@x' }],
  ['an anonymous caller', 'caller_id_anonymous', { from: 'sip:anonymous@anonymous.invalid' }],
  [
    'a caller who wants its media private',
    'privacy_unavailable',
    { privacy: ['session;critical'] },
  ],
  ['a caller without a number', 'caller_id_not_allowed', { from: '<sip:alice@pbx.example>' }],
]

test.each(attemptsRefused)('%s is refused with %s', async (_, reason, attempt) => {
  await using world = await openWorld()
  expect(why(await world.call(attempt))).toBe(reason)
})

const worldsRefused: [string, string, World][] = [
  ['a revoked key', 'key_revoked', { key: { status: 'revoked' } }],
  ['a suspended key', 'key_suspended', { key: { status: 'suspended' } }],
  ['a key that expires now', 'key_expired', { key: { expiresAtMs: Date.UTC(2026, 0, 5, 12) } }],
  ['a suspended tenant', 'tenant_suspended', { tenant: { status: 'suspended' } }],
  ['a policy without the scope', 'scope_denied', { policy: { scopes: ['logs:read'] } }],
  ['a policy without the region', 'geo_country_denied', { policy: { regions: ['CA'] } }],
  ['a policy without the type', 'geo_type_denied', { policy: { numberTypes: ['MOBILE'] } }],
  [
    'a rate of nothing',
    'rate_exceeded',
    { policy: { limits: { ...noLimits, callsPerSecondMax: 0 } } },
  ],
  [
    'no slot of the tenant',
    'concurrency_exceeded',
    { tenant: { limits: { ...noLimits, concurrentMax: 0 } } },
  ],
  [
    'no call of the day',
    'daily_limit_exceeded',
    { policy: { limits: { ...noLimits, callsPerDayMax: 0 } } },
  ],
]

test.each(worldsRefused)('%s is refused with %s', async (_, reason, different) => {
  await using world = await openWorld(different)
  const decision = await world.call()
  expect(why(decision)).toBe(reason)
  expect(decision.trace.at(-1)?.passed).toBe(false)
})

test('a key that expires in a millisecond still works', async () => {
  await using world = await openWorld({ key: { expiresAtMs: Date.UTC(2026, 0, 5, 12) + 1 } })
  expect(why(await world.call())).toBe('admitted')
})

const stranger = mintKey(systemRandom(), 'live').text.reveal()
const wrongSecret = mintKey(systemRandom(), 'live')

const invalid: [string, string, World, Partial<CallAttempt>][] = [
  ['key_malformed', 'nonsense', {}, { presentedKeys: [new Secret('nonsense')] }],
  ['key_malformed', 'an empty key', {}, { presentedKeys: [new Secret('')] }],
  ['key_unknown', 'an unknown key', {}, { presentedKeys: [new Secret(stranger)] }],
  ['secret_wrong', 'another secret', { key: { secretHash: wrongSecret.secretHash } }, {}],
  ['secret_wrong', 'another mode', { key: { mode: 'test' } }, {}],
  [
    'several_keys',
    'the right key twice',
    {},
    { presentedKeys: [new Secret(keyText), new Secret(keyText)] },
  ],
  [
    'several_keys',
    'the right key and another',
    {},
    { presentedKeys: [new Secret(keyText), new Secret(stranger)] },
  ],
  [
    'source_not_allowed',
    'an address elsewhere',
    {},
    { source: { address: '198.51.100.1', port: 5060, protocol: 'udp' } },
  ],
  ['source_not_allowed', 'a key that works nowhere', { key: { allowedSources: [] } }, {}],
]

test.each(invalid)('%s (%s): the wire hears the same, the audit the truth', async (...row) => {
  const [detail, , different, attempt] = row
  await using world = await openWorld(different)
  const decision = await world.call(attempt)
  expect(decision).toMatchObject({ admitted: false, reason: 'credentials_invalid', detail })
  expect(decision).not.toHaveProperty('retryAfterS', expect.anything())
})

test('the key is named in a refusal only once it is proven', async () => {
  await using unproven = await openWorld({ key: { secretHash: wrongSecret.secretHash } })
  expect(await unproven.call()).toMatchObject({ key: undefined })
  await using proven = await openWorld({ key: { status: 'suspended' } })
  expect(await proven.call()).toMatchObject({ key: { id: keyOwner.id } })
})

test('no secret is in a decision, whatever comes of it', async () => {
  await using world = await openWorld()
  const attempts = [
    {},
    ...[...attemptsRefused.map((row) => row[2]), ...invalid.map((row) => row[3])],
  ]
  for (const attempt of attempts) {
    const { trace, ...rest } = await world.call(attempt)
    const shown = JSON.stringify(trace) + JSON.stringify('detail' in rest ? rest.detail : '')
    for (const text of [keyText, stranger]) {
      expect(shown).not.toContain(text.slice(25, 40))
      expect(shown).not.toContain('tg_live_')
    }
  }
})

test('a key around which the header left blanks is the same key', async () => {
  await using world = await openWorld()
  expect(why(await world.call({ presentedKeys: [new Secret(` ${keyText}\t`)] }))).toBe('admitted')
})

test('a number that is not the tenant’s is called with B, or refused where the policy says so', async () => {
  const from = '<sip:+16465550100@pbx.example>'
  await using lenient = await openWorld()
  expect(await lenient.call({ from })).toMatchObject({
    grant: { callerOwned: false, attestation: 'B', caller: { e164: '+16465550100' } },
  })
  await using strict = await openWorld({ policy: { foreignCallerId: 'refuse' } })
  expect(await strict.call({ from })).toMatchObject({
    reason: 'caller_id_not_allowed',
    detail: 'not_owned',
  })
  expect(why(await strict.call())).toBe('admitted')
})

test('P-Asserted-Identity of a tenant makes nobody the owner of a number', async () => {
  await using world = await openWorld()
  const decision = await world.call({
    from: '<sip:+16465550100@pbx.example>',
    assertedIdentities: ['<sip:+12025550123@pbx.example>'],
  })
  expect(decision).toMatchObject({ grant: { attestation: 'B' } })
})

test('Retry-After is the time until it fits, in whole seconds rounded up, and at least one', async () => {
  await using world = await openWorld({
    policy: { limits: { ...noLimits, callsPerSecondMax: 1, concurrentMax: 2 } },
  })
  expect(why(await world.call())).toBe('admitted')
  world.clock.advance(300)
  expect(await world.call()).toMatchObject({ reason: 'rate_exceeded', retryAfterS: 1 })
  world.clock.advance(700)
  expect(why(await world.call())).toBe('admitted')
  world.clock.advance(1000)
  expect(await world.call()).toMatchObject({ reason: 'concurrency_exceeded', retryAfterS: 1 })
})

test('a day that is used up is known to end, whatever the answer may say of it', async () => {
  const limits: Policy['limits'] = { ...noLimits, callsPerDayMax: 0 }
  await using world = await openWorld({ policy: { limits } })
  expect(await world.call()).toMatchObject({
    reason: 'daily_limit_exceeded',
    detail: 'key_day',
    retryAfterS: expect.any(Number),
  })
})

test('a call refused by the tenant’s limit leaves the key’s untouched', async () => {
  await using world = await openWorld({
    policy: { limits: { ...noLimits, callsPerSecondMax: 1, concurrentMax: 1, callsPerDayMax: 1 } },
    tenant: { limits: { ...noLimits, concurrentMax: 1 } },
  })
  const other = { callId: 'other', tenantId: 'acme', leaseMs: 60_000 }
  const claims = [{ kind: 'concurrency', owner: tenantOwner, slotsMax: 1 }] as const
  const taken = await world.store.limiter.take({ ...other, claims } as never)
  for (let tries = 0; tries < 3; tries++) {
    expect(await world.call()).toMatchObject({ detail: 'tenant_concurrency' })
  }
  if (taken.taken) await taken.leases[Symbol.asyncDispose]()
  expect(why(await world.call())).toBe('admitted')
})

test('a call from a v6 address, or a v4 address in v6 clothes, is matched as what it is', async () => {
  await using world = await openWorld()
  for (const address of ['2001:db8::7', '[2001:db8::7]', '::ffff:192.0.2.9']) {
    const source = { address, port: 5060, protocol: 'udp' }
    expect(why(await world.call({ source }))).toBe('admitted')
  }
})

test('where the right to a number comes from stands in the trace, and why it is attested in the grant', async () => {
  await using world = await openWorld({
    tenant: { numberRights: { '+12025550123': 'letter of 2 March' } },
  })
  expect(await world.call()).toMatchObject({
    grant: { attestation: 'A', attestationReason: 'number_owned', callerWithheld: false },
    trace: expect.arrayContaining([
      {
        check: 'caller_id',
        passed: true,
        figures: {
          header: 'From',
          e164: '+12025550123',
          owned: true,
          right: 'letter of 2 March',
        },
      },
    ]),
  })
})
