import { expect, test } from 'vitest'
import type { Rules } from '../../src/admission/rules.ts'
import { noRules } from '../../src/admission/rules.ts'
import { RuleBook } from '../../src/compliance/rule-book.ts'
import type { CallAttempt } from '../../src/domain/attempt.ts'
import { type ComplianceTables, noCompliance } from '../../src/domain/compliance.ts'
import { type Conduct, usualConduct } from '../../src/domain/conduct.ts'
import type { Decision } from '../../src/domain/decision.ts'
import type { Consent, OptOut } from '../../src/domain/permission.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { loadGeography } from '../../src/numbering/geography.ts'
import { NumberSetBuilder } from '../../src/tables/number-set.ts'
import { PrefixRulesBuilder } from '../../src/tables/prefix-list.ts'
import { hours, origin } from '../compliance/support.ts'
import { attemptWith, openWorld, type World } from './fixture.ts'

const geography = loadGeography()
const chicago = '+13125550188'
const acme = 'acme' as TenantId

const lawOf = (tables: Partial<ComplianceTables>) => ({
  law: new RuleBook({ ...noCompliance, ...tables }),
  whereabouts: geography,
})
const rulesWith = (rules: Partial<Rules>): Rules => ({ ...noRules(), ...rules })
const conduct = (changed: Partial<Conduct>) => ({
  policy: { conduct: { ...usualConduct, ...changed } },
})
const marketing = conduct({ callClasses: ['marketing'], consentClasses: [] })

async function decide(world: World, attempt: Partial<CallAttempt> = {}): Promise<Decision> {
  await using opened = await openWorld(world)
  return await opened.admit(attemptWith(attempt))
}

const why = (decision: Decision) => (decision.admitted ? 'admitted' : decision.reason)
const step = (decision: Decision, name: string) =>
  decision.trace.find(({ check }) => check === name)?.figures

test.each([
  [[], ['transactional', 'marketing'], 'admitted', { callClass: 'transactional', claimed: false }],
  [
    ['marketing'],
    ['transactional', 'marketing'],
    'admitted',
    { callClass: 'marketing', claimed: true },
  ],
  [
    ['marketing'],
    ['transactional'],
    'call_class_denied',
    { callClass: 'marketing', claimed: true },
  ],
  [['Marketing'], ['marketing'], 'call_class_denied', { unknownChars: 9 }],
  [['marketing', 'marketing'], ['marketing'], 'call_class_denied', { claims: 2 }],
  [[''], ['marketing'], 'call_class_denied', { unknownChars: 0 }],
] as const)(
  'a call that says %o under a policy of %o: %s',
  async (said, classes, outcome, figures) => {
    const world = conduct({ callClasses: classes, consentClasses: [] })
    const rules = rulesWith({ whereabouts: geography })
    const decision = await decide({ ...world, rules }, { callClasses: said })
    expect(why(decision)).toBe(outcome)
    expect(step(decision, 'call_class')).toEqual(figures)
  },
)

test('digits are read by the dial plan of the policy', async () => {
  const dialPlan = {
    outsideLine: '9',
    internationalPrefixes: [],
    nationalPrefix: '1',
    local: undefined,
  }
  const inside = { requestUri: 'sip:3125550188@x' }
  const outside = { requestUri: 'sip:93125550188@x' }
  expect(why(await decide({ policy: { dialPlan } }, inside))).toBe('number_invalid')
  expect(why(await decide({ policy: { dialPlan } }, outside))).toBe('admitted')
})

test('the longest prefix of the policy and of its lists decides, and of equal ones the denied', async () => {
  const builder = new PrefixRulesBuilder()
  const listed = { source: 'irsf feed', date: '2026-11-01' }
  builder.add({ effect: 'deny', prefix: '+1312555', ...listed })
  builder.add({ effect: 'allow', prefix: '+13125550', ...listed })
  const lists = { ...noRules().lists, prefixLists: new Map([['feed', builder.build()]]) }
  const rules = rulesWith({ lists })
  const prefixes = (allow: string[], deny: string[]) => ({
    rules,
    policy: { prefixes: { lists: ['feed'], allow, deny } },
  })
  expect(why(await decide(prefixes([], [])))).toBe('admitted')
  const denied = await decide(prefixes([], ['13125550']))
  expect(why(denied)).toBe('geo_prefix_denied')
  expect(step(denied, 'destination_prefix')).toEqual({
    prefix: '+13125550',
    source: 'policy',
    date: '',
  })
  const other = { requestUri: 'sip:+13125551188@x' }
  const fromList = await decide(prefixes([], []), other)
  expect(why(fromList)).toBe('geo_prefix_denied')
  expect(step(fromList, 'destination_prefix')).toEqual({ prefix: '+1312555', ...listed })
  expect(why(await decide(prefixes(['+13125551'], []), other))).toBe('admitted')
  expect(why(await decide({ ...prefixes([], []), rules: rulesWith({}) }))).toBe('internal_error')
})

test('outside the hours of the place a call is refused, with the time until they begin', async () => {
  // 12:00 UTC of a Monday is 6:00 in Chicago.
  const rules = rulesWith(lawOf({ hours: [hours(8, 21, {})] }))
  const decision = await decide({ ...marketing, rules, nowMs: Date.parse('2026-01-05T12:00:00Z') })
  expect(decision).toMatchObject({ reason: 'outside_calling_hours', retryAfterS: 2 * 3600 })
  expect(step(decision, 'calling_hours')).toEqual({
    zones: 1,
    zone: 'America/Chicago',
    region: 'US',
    subdivision: '',
    source: 'a law',
    sourceEvidence: 'read',
  })
  expect(
    why(await decide({ ...marketing, rules, nowMs: Date.parse('2026-01-05T14:00:00Z') })),
  ).toBe('admitted')
  expect(why(await decide({ rules, nowMs: Date.parse('2026-01-05T12:00:00Z') }))).toBe('admitted')
})

test('hours that never come are waited for a day at most', async () => {
  const rules = rulesWith(lawOf({ hours: [hours(8, 21, { days: [] })] }))
  expect(await decide({ ...marketing, rules })).toMatchObject({ retryAfterS: 86_400 })
})

test('a marketing call to a number without a zone is refused, unless the policy names one', async () => {
  const rules = rulesWith({ ...lawOf({}), whereabouts: noRules().whereabouts })
  const decision = await decide({ ...marketing, rules })
  expect(decision).toMatchObject({ reason: 'outside_calling_hours', detail: 'no_time_zone' })
  const named = conduct({
    callClasses: ['marketing'],
    consentClasses: [],
    calleeTimeZone: 'America/New_York',
  })
  expect(why(await decide({ ...named, rules }))).toBe('admitted')
  expect(why(await decide({ rules }))).toBe('admitted')
})

test("the law's attempts are counted for the tenant, the stricter of law and limit", async () => {
  const row = { ...origin, classes: ['marketing' as const], window: '24h' as const, attemptsMax: 1 }
  const rules = rulesWith(lawOf({ attempts: [row] }))
  await using world = await openWorld({ ...marketing, rules })
  const first = await world.call()
  expect(why(first)).toBe('admitted')
  expect(step(first, 'callee_attempts')).toEqual({
    attempts24hMax: 1,
    source24h: 'a law',
    sourceEvidence24h: 'read',
  })
  const second = await world.call()
  expect(second).toMatchObject({ reason: 'attempts_per_callee_exceeded', detail: 'tenant_24h' })
  expect(why(await world.call({ requestUri: 'sip:+13125550189@x' }))).toBe('admitted')
})

test('what the law counts is held in shadow too, what the policy denies passes', async () => {
  const row = { ...origin, classes: ['marketing' as const], window: '24h' as const, attemptsMax: 1 }
  const rules = rulesWith(lawOf({ attempts: [row] }))
  const prefixes = { lists: [], allow: [], deny: ['1312'] }
  const policy = { ...marketing.policy, prefixes, enforcement: 'shadow' as const }
  await using world = await openWorld({ policy, rules })
  const first = await world.call()
  expect(why(first)).toBe('admitted')
  expect(step(first, 'destination_prefix')).toMatchObject({ shadow: 'geo_prefix_denied' })
  expect(why(await world.call())).toBe('attempts_per_callee_exceeded')
})

test('recording needs the scope, and what the law of either end asks', async () => {
  const recording = [
    { ...origin, rule: 'one_party' as const },
    { ...origin, subdivision: 'IL', rule: 'all_party' as const },
    { ...origin, subdivision: 'CA', rule: 'announcement' as const },
  ]
  const rules = rulesWith(lawOf({ recording }))
  const world = (
    practice: Conduct['recording'],
    scopes = ['calls:make', 'calls:record'] as const,
  ) => ({
    rules,
    policy: { scopes, conduct: { ...usualConduct, recording: practice } },
  })
  const toTexas = { requestUri: 'sip:+12145550188@x' }
  const fromCalifornia = { from: '<sip:+14155550123@x>' }
  expect(why(await decide(world('unannounced'), toTexas))).toBe('admitted')
  const refused = await decide(world('announced'))
  expect(refused).toMatchObject({ reason: 'recording_not_allowed', detail: 'all_party' })
  expect(step(refused, 'recording')).toMatchObject({
    subdivision: 'IL',
    source: 'a law',
    sourceEvidence: 'read',
  })
  expect(why(await decide(world('agreed')))).toBe('admitted')
  expect(why(await decide(world('unannounced'), { ...toTexas, ...fromCalifornia }))).toBe(
    'recording_not_allowed',
  )
  const { scopes: _scopes, ...policy } = world('announced').policy
  expect(await decide({ rules, policy }, toTexas)).toMatchObject({
    reason: 'recording_not_allowed',
    detail: 'scope',
  })
})

test('a number on a suppression list of the tenant or of everybody is not called', async () => {
  const builder = new NumberSetBuilder()
  builder.add(chicago)
  const list = {
    id: 'registry',
    path: '',
    badLines: 'refuse' as const,
    tenantId: undefined,
    classes: ['transactional' as const],
    numbers: builder.build(),
  }
  const world = (changed: Partial<typeof list> | { tenantId: TenantId }) => ({
    rules: rulesWith({
      lists: { ...noRules().lists, suppressionLists: [{ ...list, ...changed }] },
    }),
  })
  const refused = await decide(world({}))
  expect(why(refused)).toBe('do_not_call')
  expect(step(refused, 'do_not_call')).toEqual({ list: 'registry' })
  expect(why(await decide(world({ tenantId: acme })))).toBe('do_not_call')
  expect(why(await decide(world({ tenantId: 'other' as TenantId })))).toBe('admitted')
  expect(why(await decide(world({ classes: [] })))).toBe('admitted')
  expect(why(await decide(world({}), { requestUri: 'sip:+13125550189@x' }))).toBe('admitted')
})

const optOut: OptOut = {
  tenantId: acme,
  e164: chicago,
  scope: 'all',
  atMs: 5,
  source: 'sms stop',
}

test('an opt-out acts on the next call, and its withdrawal too', async () => {
  await using world = await openWorld({ rules: 'of the store' })
  expect(why(await world.call())).toBe('admitted')
  await world.store.permissions.addOptOuts([optOut])
  const refused = await world.call()
  expect(refused).toMatchObject({ reason: 'do_not_call', detail: 'opt_out' })
  expect(step(refused, 'do_not_call')).toEqual({ optOut: 'all', atMs: 5, source: 'sms stop' })
  await world.store.permissions.withdrawOptOut(optOut)
  expect(why(await world.call())).toBe('admitted')
})

const consent: Consent = {
  id: 'form-17',
  tenantId: acme,
  e164: chicago,
  purpose: 'marketing',
  how: 'web form',
  givenAtMs: 0,
  evidence: 's3://forms/17',
  expiresAtMs: undefined,
  revokedAtMs: undefined,
}

test('without consent a call that needs it is refused; the trace names the one it is placed by', async () => {
  const needing = conduct({
    callClasses: ['marketing'],
    consentClasses: ['marketing'],
    calleeTimeZone: 'UTC',
  })
  await using world = await openWorld({ ...needing, rules: 'of the store' })
  const refused = await world.call()
  expect(why(refused)).toBe('consent_missing')
  expect(step(refused, 'consent')).toEqual({ needed: true, source: 'policy' })
  await world.store.permissions.addConsents([consent])
  const admitted = await world.call()
  expect(why(admitted)).toBe('admitted')
  expect(step(admitted, 'consent')).toEqual({
    needed: true,
    source: 'policy',
    consentId: 'form-17',
    how: 'web form',
    givenAtMs: 0,
    evidence: 's3://forms/17',
  })
  await world.store.permissions.revokeConsent(acme, 'form-17', 1)
  expect(why(await world.call())).toBe('consent_missing')
})

test('the law wants consent where the policy does not', async () => {
  const rules = rulesWith(lawOf({ consent: [{ ...origin, classes: ['marketing'] }] }))
  const decision = await decide({ ...marketing, rules })
  expect(why(decision)).toBe('consent_missing')
  expect(step(decision, 'consent')).toEqual({
    needed: true,
    source: 'a law',
    sourceEvidence: 'read',
  })
})

const gone = async (): Promise<never> => {
  throw new Error('the disk is gone')
}

test('permissions that cannot be asked refuse the call', async () => {
  const { permissions } = noRules()
  expect(
    why(await decide({ rules: rulesWith({ permissions: { ...permissions, findOptOut: gone } }) })),
  ).toBe('store_unavailable')
  const unasked = { ...permissions, findConsent: gone }
  expect(why(await decide({ rules: rulesWith({ permissions: unasked }) }))).toBe('admitted')
  const asked = conduct({ consentClasses: ['transactional'] })
  expect(why(await decide({ ...asked, rules: rulesWith({ permissions: unasked }) }))).toBe(
    'store_unavailable',
  )
  const never = () => new Promise<never>(() => undefined)
  await using world = await openWorld({
    rules: rulesWith({ permissions: { ...permissions, findOptOut: never } }),
  })
  const deciding = world.call()
  await new Promise((resolve) => setImmediate(resolve))
  await world.clock.advanceAsync(1000)
  expect(why(await deciding)).toBe('store_unavailable')
})

test('a policy that calls without the store does so without opt-outs, but never to sell', async () => {
  const rules = rulesWith({ permissions: { ...noRules().permissions, findOptOut: gone } })
  const local = { whenStoreLost: 'local' as const }
  const called = await decide({ rules, policy: local })
  expect(why(called)).toBe('admitted')
  expect(step(called, 'do_not_call')).toEqual({ optOuts: 'unknown' })
  const selling = { ...marketing.policy, ...local }
  const named = { ...selling.conduct, calleeTimeZone: 'UTC' }
  expect(why(await decide({ rules, policy: { ...selling, conduct: named } }))).toBe(
    'store_unavailable',
  )
})

test('an emergency call is asked none of this', async () => {
  const rules = rulesWith({
    ...lawOf({ hours: [hours(8, 9, { classes: ['transactional'] })] }),
    permissions: { findOptOut: gone, findConsent: gone },
  })
  const called = { requestUri: 'sip:911@x', callClasses: ['nonsense'] }
  expect(why(await decide({ rules }, called))).toBe('admitted')
})
