import { noRules } from '../src/admission/rules.ts'
import { RuleBook } from '../src/compliance/rule-book.ts'
import { loadCompliance } from '../src/config/compliance.ts'
import type { CallAttempt } from '../src/domain/attempt.ts'
import { usualConduct } from '../src/domain/conduct.ts'
import type { TenantId } from '../src/domain/tenant.ts'
import { loadGeography } from '../src/numbering/geography.ts'
import { EmbeddedPermissions } from '../src/store/embedded/permissions.ts'
import { attemptWith, openWorld, type World } from '../test/admission/fixture.ts'

// What law, lists and permissions add to a decision on the embedded store. Run: node bench/rules.ts

const decisions = 20_000
/** A Tuesday on which all of the United States may be called. */
const nowMs = Date.parse('2026-11-17T18:00:00Z')

const geography = loadGeography()
const law = new RuleBook(loadCompliance('config/compliance'))
law.warmUp(geography.zonesOf({ e164: '+1', region: 'US', type: 'UNKNOWN' }), nowMs)
const permissions = new EmbeddedPermissions(':memory:')
await permissions.addConsents([
  {
    id: 'form-1',
    tenantId: 'acme' as TenantId,
    e164: '+13125550188',
    purpose: 'marketing',
    how: 'web form',
    givenAtMs: 0,
    evidence: 'https://evidence.example/1',
    expiresAtMs: undefined,
    revokedAtMs: undefined,
  },
])
const rules = { ...noRules(), law, whereabouts: geography, permissions }
const marketing = {
  rules,
  policy: { conduct: { ...usualConduct, callClasses: ['marketing'] } },
} satisfies World

/** The second of two runs: the first one warms up. */
async function decide(call: string, world: World, attempt: Partial<CallAttempt> = {}) {
  await using opened = await openWorld({ ...world, nowMs })
  const timesMs: number[] = []
  let outcome = ''
  let cpu = process.cpuUsage()
  for (let at = 0; at < 2 * decisions; at++) {
    if (at === decisions) cpu = process.cpuUsage()
    const startedMs = performance.now()
    const decision = await opened.admit(attemptWith(attempt))
    if (at >= decisions) timesMs.push(performance.now() - startedMs)
    outcome = decision.admitted ? 'admitted' : decision.reason
  }
  const { user, system } = process.cpuUsage(cpu)
  timesMs.sort((a, b) => a - b)
  const us = (share: number) => ((timesMs[Math.floor(share * decisions)] ?? 0) * 1000).toFixed(1)
  return {
    call,
    outcome,
    'CPU us': ((user + system) / decisions).toFixed(1),
    'p50 us': us(0.5),
    'p99 us': us(0.99),
  }
}

console.table([
  await decide('no rules', {}),
  await decide('transactional', { rules }),
  await decide('marketing, consent on record', marketing),
  await decide('marketing, every state and zone', marketing, { requestUri: 'sip:+18005550100@x' }),
])
