import { expect, test } from 'vitest'
import { readSettings } from '../../src/config/load.ts'
import { problemsText } from '../../src/config/problem.ts'
import { noLimits } from '../../src/domain/limits.ts'
import { mintKey } from '../../src/keys/format.ts'
import { countedRandom } from '../support/counted-random.ts'

function directoryOf(text: string) {
  const result = readSettings({ text, environment: {} })
  if (!result.ok) throw new Error(problemsText(result.problems))
  return result.settings.directory
}

const everything = `
tenants:
  - id: acme
    name: Acme
    timeZone: America/New_York
    limits: { callsPerSecondMax: 5 }
policies:
  - { id: us, regions: [US, 001], homeRegion: US, limits: { concurrentMax: 2, burst: 3 } }
keys:
  - id: "Ab3dEf6hIj9lMn0p"
    tenant: acme
    policy: us
    expiresAt: 2027-01-31T00:00:00Z
    allowedSources: [192.0.2.0/24, "2001:db8::/32"]
    secretHash: sha256:${'0f'.repeat(32)}
  - { id: fresh, tenant: acme, policy: us, mode: test, allowedSources: [127.0.0.1/32], generate: true }
numbers:
  - { tenant: acme, number: "+12125550100", right: order 7 }
  - { tenant: acme, from: "+12125550200", to: "+12125550299" }
carriers:
  - { id: one, gateways: [{ id: one-a, host: 127.0.0.1, port: 5070 }, { id: one-b, host: sip.example.org, transport: tcp }] }
`

test('what is declared becomes domain objects', () => {
  const { tenants, policies, keys, freshKeys, carriers } = directoryOf(everything)
  expect(tenants).toEqual([
    {
      id: 'acme',
      name: 'Acme',
      status: 'active',
      timeZone: 'America/New_York',
      numberRights: { '+12125550100': 'order 7' },
      numbers: ['+12125550100'],
      ranges: [{ from: '+12125550200', to: '+12125550299' }],
      limits: { ...noLimits, callsPerSecondMax: 5 },
    },
  ])
  expect(policies[0]).toMatchObject({ regions: ['US', '001'], foreignCallerId: 'refuse' })
  expect(policies[0]?.numberTypes).not.toContain('PREMIUM_RATE')
  expect(keys).toEqual([
    {
      id: 'Ab3dEf6hIj9lMn0p',
      tenantId: 'acme',
      policyId: 'us',
      mode: 'live',
      status: 'active',
      expiresAtMs: Date.UTC(2027, 0, 31),
      allowedSources: ['192.0.2.0/24', '2001:db8::/32'],
      digest: undefined,
      certificates: [],
      secretHash: Buffer.alloc(32, 0x0f),
    },
  ])
  expect(freshKeys).toEqual([expect.objectContaining({ name: 'fresh', mode: 'test' })])
  expect(carriers[0]?.gateways).toEqual([
    { id: 'one-a', host: '127.0.0.1', port: 5070, transport: 'udp' },
    { id: 'one-b', host: 'sip.example.org', port: 5060, transport: 'tcp' },
  ])
})

test('a key works nowhere unless the file says where', () => {
  expect(() => directoryOf(everything.replace('allowedSources: [127.0.0.1/32], ', ''))).toThrow(
    'keys[1].allowedSources: is missing',
  )
})

test('a key that is minted here can be declared by its id and hash', () => {
  const minted = mintKey(countedRandom(), 'live')
  const { keys } = directoryOf(
    everything
      .replace('Ab3dEf6hIj9lMn0p', minted.id)
      .replace('0f'.repeat(32), minted.secretHash.toString('hex')),
  )
  expect(keys[0]).toMatchObject({ id: minted.id, secretHash: minted.secretHash })
})

test('an id that no key can have is refused', () => {
  expect(() => directoryOf(everything.replace('Ab3dEf6hIj9lMn0p', 'sales'))).toThrow('keys[0].id')
})
