import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ExplainedInboundCall } from '../../src/call/explain-inbound.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openStore, storeOptions } from '../../src/store/open.ts'
import { runInProcess } from '../support/run-in-process.ts'

let folder: string
let config: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-explain-'))
  config = join(folder, 'tollgate.yaml')
  configure()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function configure(policy: object = {}, trunk: object = {}): void {
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: join(folder, 'audit') },
    compliance: { dir: 'config/compliance' },
    tenants: [{ id: 'acme' }],
    numbers: [
      { tenant: 'acme', number: '+12025550123' },
      { tenant: 'acme', number: '+13125550100' },
    ],
    policies: [
      {
        id: 'receiving',
        scopes: ['calls:receive'],
        regions: [],
        homeRegion: 'US',
        limits: { callsPerHourMax: 1 },
        ...policy,
      },
    ],
    trunks: [
      {
        id: 'pbx',
        tenant: 'acme',
        policy: 'receiving',
        numbers: ['+1202'],
        targets: [{ id: 'pbx-1', host: 'pbx1.example.com', transport: 'tcp' }],
        ...trunk,
      },
    ],
    carriers: [
      {
        id: 'one',
        gateways: [{ id: 'one-a', host: '203.0.113.10' }],
        inbound: { sources: ['203.0.113.0/24'], homeRegion: 'US' },
      },
      { id: 'two', gateways: [{ id: 'two-a', host: '203.0.113.20' }] },
    ],
  }
  writeFileSync(config, JSON.stringify(settings))
}

const run = (...args: string[]) => runInProcess('explain', ...args, '--config', config)
const call = ['--carrier', 'one', '--from', '+13125550188', '--to', '+12025550123'] as const

async function explained(...args: string[]) {
  const { code, out, err } = await run(...args, '--json')
  expect(err).toBe('')
  return { code, call: JSON.parse(out) as ExplainedInboundCall }
}

test('a call that a carrier brings is told with its trunk, its targets and what they would get', async () => {
  const { code, call: told } = await explained(...call)
  expect([code, told]).toMatchObject([
    0,
    {
      direction: 'inbound',
      admitted: true,
      carrierId: 'one',
      tenantId: 'acme',
      trunkId: 'pbx',
      policyId: 'receiving',
      called: '+12025550123',
      caller: '+13125550188',
      verstat: 'No-TN-Validation',
      targets: [
        { gateway: 'pbx-1', requestUri: 'sip:+12025550123@pbx1.example.com:5060;transport=tcp' },
      ],
    },
  ])
  expect(told.checks.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual(
    ['hops', 'carrier', 'called_number', 'number_owner', 'trunk', 'emergency_callback']
      .concat(['tenant_active', 'scope', 'verification', 'limits'])
      .map((name) => `${name} passed`),
  )
  const text = await run(...call)
  expect(text.out).toMatch(/^admitted\n/)
  expect(text.out).toMatch(/targets:\n {2}pbx-1 sip:\+12025550123@pbx1/)
})

test.each([
  ['nobody’s number', ['--to', '+12025550199'], 'number_unowned', 404],
  ['a number without a trunk', ['--to', '+13125550100'], 'trunk_missing', 480],
  ['an emergency number', ['--to', '911'], 'number_unowned', 404],
  [
    'an address that is not the carrier’s',
    ['--source', '198.51.100.9'],
    'credentials_missing',
    403,
  ],
] as const)('%s is refused as it would be', async (_, args, reason, status) => {
  const { code, call: told } = await explained(...call, ...args)
  expect([code, told.admitted, told.reason, told.answer?.status]).toEqual([
    1,
    false,
    reason,
    status,
  ])
  expect(told.targets).toEqual([])
})

test('the address that a carrier sends from is known as its own', async () => {
  const { call: told } = await explained(...call, '--source', '203.0.113.9')
  expect(told.checks[0]).toMatchObject({ check: 'carrier_known', outcome: 'passed' })
  expect(told.admitted).toBe(true)
})

test('a caller without a signature, or with a bad one, is refused where the policy wants it', async () => {
  configure({ verification: { unsigned: 'refuse', failed: 'refuse' } })
  expect((await explained(...call)).call).toMatchObject({
    admitted: false,
    reason: 'identity_required',
  })
  const headers = join(folder, 'identity.txt')
  writeFileSync(headers, 'Identity: nonsense\n')
  const { call: told } = await explained(...call, '--identity', headers)
  expect(told.checks.find(({ check }) => check === 'verification')?.figures).toMatchObject({
    identities: 1,
  })
})

test('limits are seen and nothing of them is taken', async () => {
  const { values, directory } = loadSettings(config, {})
  const around = { clock: systemClock(), random: systemRandom(), logger: silentLogger, directory }
  await using gate = await openStore(storeOptions(values, around))
  for (let at = 0; at < 3; at++) expect((await explained(...call)).call.admitted).toBe(true)
  await gate.limiter.take({
    callId: 'a' as CallId,
    part: 'admission',
    leaseMs: 60_000,
    whenLost: 'refuse',
    home: { level: 'tenant', id: 'acme' },
    claims: [{ kind: 'window', owner: { level: 'trunk', id: 'pbx' }, window: 'hour', callsMax: 1 }],
  })
  const { code, call: told } = await explained(...call)
  expect([code, told.reason, told.limit]).toEqual([1, 'rate_exceeded', 'trunk, hour'])
})

test('a trunk without a place for the call is told so, unless a PBX may have registered', async () => {
  const sips = ['--to', 'sips:+12025550123@gate.example.com']
  expect((await explained(...call, ...sips)).call).toMatchObject({ reason: 'sips_unavailable' })
  configure({}, { targets: [], registers: true })
  expect((await explained(...call)).call).toMatchObject({
    admitted: true,
    registers: true,
    targets: [],
  })
  expect((await run(...call)).out).toContain('PBXs that have registered')
})

test.each([
  [['--carrier', 'two'], 1, 'no carrier with that id may bring calls'],
  [['--carrier', 'one', '--key-id', 'k'], 2, 'exclude each other'],
  [['--carrier', 'one', '--class', 'marketing'], 2, '--class goes only with --key-id'],
  [['--key-id', 'k', '--identity', 'x'], 2, '--identity goes only with --carrier'],
  [[], 2, '--key-id or --carrier is needed'],
] as const)('%j ends with %d and says why', async (args, code, why) => {
  const result = await run('--from', '+13125550188', '--to', '+12025550123', ...args)
  expect(result).toMatchObject({ code, out: '', err: expect.stringContaining(why) })
})
