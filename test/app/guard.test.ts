import { expect, test } from 'vitest'
import { openGuard } from '../../src/app/guard.ts'
import { readSettings } from '../../src/config/load.ts'
import type { CallAttempt } from '../../src/domain/attempt.ts'
import { FakeClock } from '../support/fake-clock.ts'

const config = {
  tenants: [{ id: 'acme' }],
  policies: [{ id: 'receiving', scopes: ['calls:receive'], regions: [], homeRegion: 'US' }],
  carriers: [
    {
      id: 'one',
      gateways: [{ id: 'one-a', host: '203.0.113.10' }],
      inbound: { sources: ['198.51.100.0/24'], homeRegion: 'US' },
    },
  ],
  trunks: [
    {
      id: 'pbx',
      tenant: 'acme',
      policy: 'receiving',
      targets: [{ id: 'pbx-1', host: '192.0.2.10' }],
    },
  ],
}

test.each([
  ['a gateway', '203.0.113.10', false],
  ['where a carrier calls from', '198.51.100.77', false],
  ['a target of a trunk', '192.0.2.10', false],
  ['anybody', '192.0.2.11', true],
])('a scanner that claims to be %s is banned: %s, %s', (_, address, banned) => {
  const result = readSettings({ text: JSON.stringify(config), environment: {} })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const { values, directory } = result.settings
  const guard = openGuard({
    values,
    clock: new FakeClock(),
    alerts: { raise: () => undefined },
    bans: undefined,
    declared: () => directory,
  })
  const userAgent = values['guard.scanners'][0]
  const source = { address, port: 5060, protocol: 'udp' }
  expect(guard.turnsAway({ source, userAgent } as CallAttempt)).toBe(banned)
})
