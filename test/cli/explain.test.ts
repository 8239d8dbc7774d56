import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPeriods } from '../../src/admission/periods.ts'
import type { ExplainedCall } from '../../src/call/explain-call.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import type { KeyId } from '../../src/domain/key.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openStore, storeOptions } from '../../src/store/open.ts'
import type { Claim, Store } from '../../src/store/port.ts'
import { startRedis } from '../support/redis.ts'
import { runInProcess } from '../support/run-in-process.ts'

const keyId = 'NBJLZ7DT7NrvqQCB'
const owner = { level: 'key', id: keyId } as const
let folder: string
let config: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-explain-'))
  config = join(folder, 'tollgate.yaml')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function configure(store: object, policy: object = {}): void {
  const limits = { callsPerHourMax: 2, concurrentMax: 2 }
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: join(folder, 'audit') },
    compliance: { dir: 'config/compliance' },
    tenants: [{ id: 'acme', timeZone: 'America/New_York' }],
    numbers: [{ tenant: 'acme', number: '+12025550123' }],
    policies: [{ id: 'us', regions: ['US'], homeRegion: 'US', limits, ...policy }],
    keys: [
      {
        id: keyId,
        tenant: 'acme',
        policy: 'us',
        allowedSources: ['192.0.2.0/24'],
        secretHash: `sha256:${'0'.repeat(64)}`,
      },
    ],
    carriers: [{ id: 'one', gateways: [{ id: 'one-a', host: '203.0.113.10' }] }],
    ...store,
  }
  writeFileSync(config, JSON.stringify(settings))
}

const run = (...args: string[]) => runInProcess('explain', ...args, '--config', config)

const call: readonly string[] = [
  '--key-id',
  keyId,
  '--from',
  '+12025550123',
  '--to',
  '+13125550188',
]

async function explained(...args: string[]) {
  const { code, out, err } = await run(...call, ...args, '--json')
  expect(err).toBe('')
  return { code, call: JSON.parse(out) as ExplainedCall & { unseen: string[] } }
}

async function running(): Promise<Store> {
  const { values, directory } = loadSettings(config, {})
  const around = { clock: systemClock(), random: systemRandom(), logger: silentLogger, directory }
  return openStore(storeOptions(values, around))
}

function take(store: Store, id: string) {
  const claims: Claim[] = [
    { kind: 'window', owner, window: 'hour', callsMax: 2 },
    { kind: 'concurrency', owner, slotsMax: 2 },
  ]
  const home = { level: 'tenant', id: 'acme' } as const
  const common = { part: 'admission', home, leaseMs: 60_000, whenLost: 'refuse' } as const
  return store.limiter.take({ ...common, callId: id as CallId, claims })
}

/** The files of the counters as they are now. */
function counters(): string[] {
  return ['', '-wal'].map((end) => {
    const path = join(folder, `store.sqlite${end}`)
    return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
  })
}

test('a call that would pass is told with its candidates, its headers and what would be signed', async () => {
  configure({})
  const { code, call: told } = await explained('--at', '2026-01-05T17:00:00Z')
  expect(code).toBe(0)
  expect(told).toMatchObject({
    at: '2026-01-05T17:00:00.000Z',
    admitted: true,
    called: '+13125550188',
    attestation: 'A',
    passports: [{ attest: 'A', dest: { tn: ['13125550188'] }, orig: { tn: '12025550123' } }],
    candidates: [{ carrier: 'one', gateway: 'one-a' }],
    inviteHeaders: { From: '<sip:+12025550123@localhost>' },
  })
  expect(JSON.stringify(told)).not.toContain('X-API-Key')
})

test('beside a running gate its counters are seen, and nothing of them is touched', async () => {
  configure({})
  await using gate = await running()
  await take(gate, 'one')
  expect(await explained()).toMatchObject({ code: 0 })
  await take(gate, 'two')
  const before = counters()
  const { code, call: told } = await explained()
  expect(code).toBe(1)
  expect(told).toMatchObject({
    reason: 'rate_exceeded',
    limit: 'key, hour',
    answer: { status: 480, headers: { Reason: 'SIP;cause=480;text="rate_exceeded (key, hour)"' } },
    unseen: ['rate', 'concurrency'],
  })
  expect(Number(told.answer?.headers['Retry-After'])).toBeGreaterThan(3500)
  expect(counters()).toEqual(before)
  expect(await gate.limiter.running({ level: 'tenant', id: 'acme' }, owner)).toBe(2)
  expect(await gate.keys.lastUsedAtMs(keyId as KeyId)).toBeUndefined()
  const text = await run(...call)
  expect(text.out).toMatch(/^refused 480 Call Rate Exceeded \(rate_exceeded: key_hour\)/)
  expect(text.out).toMatch(/key concurrency +only in the running gate/)
})

test('on Redis slots are seen too, and explaining takes none', async () => {
  await using redis = await startRedis()
  configure({ store: { adapter: 'redis' }, redis: { url: redis.url.reveal() } })
  await using gate = await running()
  await take(gate, 'one')
  const { call: told } = await explained()
  expect(told).toMatchObject({ admitted: true, unseen: [] })
  expect(told.limits).toContainEqual(
    expect.objectContaining({
      limit: 'concurrency',
      fits: true,
      figures: { ...slots, running: 1 },
    }),
  )
  await take(gate, 'two')
  expect((await explained()).call).toMatchObject({ limit: 'key, hour' })
  expect(await gate.limiter.running({ level: 'tenant', id: 'acme' }, owner)).toBe(2)
})

const slots = { kind: 'concurrency', level: 'key', slotsMax: 2 }

test('limits of carriers and gateways are told too, and who is full is passed over', async () => {
  await using redis = await startRedis()
  const oneADay = { callsPerDayMax: 1 }
  const gateways = [
    { id: 'one-a', host: '203.0.113.10', limits: { ...oneADay, concurrentMax: 5 } },
    { id: 'one-b', host: '203.0.113.11' },
  ]
  const carriers = [{ id: 'one', gateways, limits: { callsPerHourMax: 2 } }]
  configure({ store: { adapter: 'redis' }, redis: { url: redis.url.reveal() }, carriers })
  await using gate = await running()
  const fits = (told: ExplainedCall) => told.candidates.map((candidate) => candidate.fits)
  const { call: free } = await explained()
  expect([free.admitted, fits(free)]).toEqual([true, [true, true]])
  expect(free.candidates[0]?.limits.map(({ level, limit }) => `${level} ${limit}`)).toEqual([
    ...['carrier hour', 'gateway concurrency', 'gateway day'],
  ])

  const home = { level: 'carrier', id: 'one' } as const
  const { name, endsAtMs } = createPeriods()(Date.now(), 'UTC').day
  const common = { part: 'dial-1', home, leaseMs: 60_000, whenLost: 'refuse' } as const
  const onGateway: Claim = {
    kind: 'period',
    owner: { level: 'gateway', id: 'one-a' },
    callsMax: 1,
    period: { unit: 'day', name, endsAtMs },
  }
  await gate.limiter.take({ ...common, callId: 'a' as CallId, claims: [onGateway] })
  const { call: second } = await explained()
  expect([second.admitted, fits(second)]).toEqual([true, [false, true]])
  expect(second.candidates[0]).toMatchObject({ limit: 'gateway, day' })
  expect(await run(...call)).toMatchObject({ out: expect.stringContaining('(passed over)') })

  const hour: Claim = { kind: 'window', owner: home, window: 'hour', callsMax: 2 }
  for (const id of ['b', 'c']) {
    await gate.limiter.take({ ...common, callId: id as CallId, claims: [hour] })
  }
  const { code, call: full } = await explained()
  expect([code, full.admitted, full.reason, full.limit]).toEqual([
    ...[1, false, 'carriers_exhausted', 'carrier, hour'],
  ])
  expect(full.answer).toMatchObject({ status: 500, headers: { 'Retry-After': expect.anything() } })
}, 30_000)

test('checks behind the one that decides are asked where they can be, and marked', async () => {
  configure({}, { scopes: [], foreignCallerId: 'refuse' })
  const { call: told } = await explained('--class', 'nonsense', '--source', '198.51.100.9')
  expect(told).toMatchObject({ reason: 'credentials_invalid', detail: 'source_not_allowed' })
  const outcomes = new Map(told.checks.map((check) => [check.check, check]))
  expect(outcomes.get('source_address')).toMatchObject({ outcome: 'refused', afterDecision: false })
  expect(outcomes.get('scope')).toMatchObject({
    outcome: 'refused',
    afterDecision: true,
    reason: 'scope_denied',
  })
  expect(outcomes.get('call_class')).toMatchObject({ reason: 'call_class_denied' })
  expect(outcomes.get('destination_region')).toMatchObject({ outcome: 'passed' })
  expect(outcomes.get('calling_hours')).toMatchObject({ outcome: 'needed_earlier' })
  expect(outcomes.get('limits')).toMatchObject({ outcome: 'passed', afterDecision: true })
})

test('a policy in shadow shows what it would have refused', async () => {
  configure({}, { enforcement: 'shadow', regions: ['CA'] })
  const { code, call: told } = await explained()
  expect(code).toBe(0)
  expect(told).toMatchObject({ admitted: true, enforcement: 'shadow' })
  expect(told.checks.find(({ outcome }) => outcome === 'shadow')).toMatchObject({
    check: 'destination_region',
    figures: { shadow: 'geo_country_denied' },
  })
})

test('a key that nobody has is refused, and a question that is none is not asked', async () => {
  configure({})
  const { code, out } = await run(...call.with(1, 'nobody'))
  expect(code).toBe(1)
  expect(out).toContain('credentials_invalid: key_unknown')
  expect(await run('--key-id', keyId)).toMatchObject({ code: 2 })
  expect(await run(...call, '--at', 'tomorrow')).toMatchObject({ code: 2 })
})
