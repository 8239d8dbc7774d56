import { expect, test } from 'vitest'
import { createOfficeClock } from '../../src/admission/office-clock.ts'
import type { Alert } from '../../src/domain/alert.ts'
import type { OfficeHours } from '../../src/domain/tenant.ts'
import { openWorld } from './fixture.ts'

const office: OfficeHours[] = [
  { days: ['mon', 'tue', 'wed', 'thu', 'fri'], fromMinute: 8 * 60, toMinute: 18 * 60 },
]

// biome-ignore format: one moment a line
test.each([
  ['2026-01-05T13:00:00Z', true, 'Monday 8:00 in New York'],
  ['2026-01-05T12:59:59Z', false, 'Monday 7:59'],
  ['2026-01-05T22:59:59Z', true, 'Monday 17:59'],
  ['2026-01-05T23:00:00Z', false, 'Monday 18:00'],
  ['2026-07-06T12:00:00Z', true, 'Monday 8:00 in summer'],
  ['2026-01-04T15:00:00Z', false, 'Sunday'],
  ['2026-01-06T01:00:00Z', false, 'Monday 20:00, Tuesday in UTC'],
])('at %s the office is open: %s (%s)', (moment, open) => {
  expect(createOfficeClock()(Date.parse(moment), 'America/New_York', office)).toBe(open)
})

test('use out of office is told of once an hour, and refuses nothing', async () => {
  const alerts: Alert[] = []
  const raise = (alert: Alert) => alerts.push(alert)
  await using world = await openWorld({ tenant: { officeHours: office }, alerts: { raise } })
  world.clock.advance(11 * 3_600_000)
  for (let count = 0; count < 3; count++) {
    expect(await world.call()).toMatchObject({ admitted: true })
  }
  expect(alerts).toMatchObject([{ kind: 'out_of_office', tenantId: 'acme' }])
  world.clock.advance(3_600_000)
  await world.call()
  expect(alerts).toHaveLength(2)
})

test('an open breaker refuses with the time until it is tried', async () => {
  const breaker = { attemptsFactorMax: 5, attemptsFloor: 1, callsMin: 50, openS: 60, probes: 1 }
  await using world = await openWorld({ policy: { breaker }, breakers: true })
  const decisions = []
  for (let count = 0; count < 30; count++) decisions.push(await world.call())
  expect(decisions.at(-1)).toMatchObject({
    admitted: false,
    reason: 'breaker_open',
    detail: 'key_open',
    limit: 'key',
    retryAfterS: 60,
  })
})
