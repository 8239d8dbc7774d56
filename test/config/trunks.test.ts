import { expect, test } from 'vitest'
import { readSettings } from '../../src/config/load.ts'

const target = { id: 'pbx', host: '192.0.2.10' }
const trunk = { id: 'main', tenant: 'acme', policy: 'receiving', targets: [target] }
const carrier = {
  id: 'one',
  gateways: [{ id: 'one-a', host: '203.0.113.10' }],
  inbound: { sources: ['203.0.113.0/24'], homeRegion: 'US' },
}

function read(more: object) {
  const declared = {
    tenants: [{ id: 'acme' }],
    policies: [{ id: 'receiving', scopes: ['calls:receive'], regions: [], homeRegion: 'US' }],
    carriers: [carrier],
    ...more,
  }
  return readSettings({ text: JSON.stringify(declared), environment: {} })
}

function problemsOf(more: object): string[] {
  const result = read(more)
  return result.ok ? [] : result.problems.map(({ path, reason }) => `${path} ${reason}`)
}

test('a trunk says no more than where it is, and has everything else by default', () => {
  const result = read({ trunks: [{ ...trunk, numbers: ['1415', '+1628'] }] })
  expect(result.ok && result.settings.directory.trunks).toEqual([
    {
      id: 'main',
      tenantId: 'acme',
      policyId: 'receiving',
      numbers: ['+1415', '+1628'],
      registers: false,
      targets: [{ ...target, port: 5060, transport: 'udp' }],
      noAnswerTimeoutMs: 4000,
      ringTimeoutMs: 60_000,
      forwardsIdentity: false,
      tellsInXHeaders: false,
      trusted: false,
    },
  ])
  expect(result.ok && result.settings.directory.carriers[0]?.inbound).toEqual({
    sources: ['203.0.113.0/24'],
    certificates: [],
    homeRegion: 'US',
    dialPlan: undefined,
  })
})

test('a trunk of nobody, or without its policy, is told', () => {
  expect(problemsOf({ trunks: [{ ...trunk, tenant: 'x', policy: 'y' }] })).toEqual([
    'trunks[0].tenant no tenant is called "x"',
    'trunks[0].policy no policy is called "y"',
  ])
})

test('two trunks of a tenant that would take the same calls are told', () => {
  const other = (numbers: string[]) => ({
    ...trunk,
    id: 'b',
    numbers,
    targets: [{ ...target, id: 'c' }],
  })
  expect(problemsOf({ trunks: [trunk, other([])] })).toEqual([
    'trunks[1] takes the same numbers of its tenant as trunks[0]',
  ])
  expect(
    problemsOf({ trunks: [{ ...trunk, numbers: ['+1415'] }, other(['1628', '1415'])] }),
  ).toEqual(['trunks[1].numbers[1] takes the same numbers of its tenant as trunks[0].numbers[0]'])
})

test('a trunk that leads to a carrier is told: what came in would go out without a key', () => {
  const looped = { ...trunk, targets: [{ id: 'pbx', host: '203.0.113.10' }] }
  expect(problemsOf({ trunks: [looped] })).toEqual([
    "trunks[0].targets[0] is the carrier's gateway one-a",
  ])
})

test('targets and gateways have ids of their own, and a listener of their transport', () => {
  const targets = [{ id: 'one-a', host: '192.0.2.10', transport: 'tls' }]
  expect(problemsOf({ trunks: [{ ...trunk, targets }] })).toEqual([
    'trunks[0].targets[0].id "one-a" is already taken by carriers[0].gateways[0].id',
    'trunks[0].targets[0].transport needs a listener of tls in engine.listen',
  ])
})

test('a trunk is somewhere: at its targets, or where its PBX registers', () => {
  expect(problemsOf({ trunks: [{ ...trunk, targets: [] }] })).toEqual([
    'trunks[0] needs targets, or registers: true',
  ])
  expect(problemsOf({ trunks: [{ ...trunk, targets: [], registers: true }] })).toEqual([])
})

test('a carrier that brings calls is known by something', () => {
  expect(problemsOf({ carriers: [{ ...carrier, inbound: { homeRegion: 'US' } }] })).toEqual([
    'carriers[0].inbound needs sources or certificates',
  ])
})
