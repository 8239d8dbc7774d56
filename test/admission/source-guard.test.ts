import { expect, test } from 'vitest'
import { delayedMax, SourceGuard, sourceOf, sourcesMax } from '../../src/admission/source-guard.ts'
import type { Alert } from '../../src/domain/alert.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { attemptWith } from './fixture.ts'

const settings = {
  failuresMax: 5,
  windowMs: 60_000,
  banMs: 300_000,
  provenMs: 600_000,
  delayMaxMs: 2_000,
  scanners: ['friendly-scanner'],
}
const bad = { admitted: false, reason: 'credentials_invalid', trace: [] } as Decision
const good = { admitted: true } as Decision
const provenYetRefused = { ...bad, reason: 'geo_country_denied', key: {} } as Decision

function world(silent = false) {
  const clock = new FakeClock()
  const alerts: Alert[] = []
  const bans: [string, number][] = []
  const guard = new SourceGuard({
    clock,
    settings,
    silent,
    alerts: { raise: (alert) => alerts.push(alert) },
    bans: {
      ban: (source, untilMs) => bans.push([source, untilMs]),
      unban: () => undefined,
      list: async () => [],
    },
    neverBanned: (address) => address === '198.51.100.1',
  })
  const from = (address: string, userAgent?: string) =>
    attemptWith({ source: { address, port: 5060, protocol: 'udp' }, userAgent })
  const fail = (address: string, times: number) =>
    Array.from({ length: times }, () => guard.learn(from(address), bad))
  return { clock, guard, alerts, bans, from, fail }
}

test('each bad credential waits longer, within a bound', () => {
  const { fail } = world()
  expect(fail('192.0.2.1', 6)).toEqual([250, 500, 1000, 2000, 2000, 250])
})

test('a source of too many bad credentials is banned for its time, here and at the engine', () => {
  const { clock, guard, alerts, bans, from, fail } = world()
  fail('192.0.2.1', 4)
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(false)
  fail('192.0.2.1', 1)
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(true)
  expect(guard.turnsAway(from('192.0.2.2'))).toBe(false)
  expect(bans).toEqual([['192.0.2.1', settings.banMs]])
  expect(alerts).toMatchObject([{ kind: 'source_banned', figures: { why: 'bad_credentials' } }])
  clock.advance(settings.banMs)
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(false)
})

test('who errs now and then is never banned', () => {
  const { clock, guard, from, fail } = world()
  for (let count = 0; count < 50; count++) {
    fail('192.0.2.1', 1)
    clock.advance(settings.windowMs / settings.failuresMax)
  }
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(false)
})

test.each([
  ['admitted', good],
  ['refused after its key was proven', provenYetRefused],
])('a source with a call %s is not banned, until long after', (_, decision) => {
  const { clock, guard, from, fail } = world()
  guard.learn(from('192.0.2.1'), decision)
  fail('192.0.2.1', 50)
  expect(guard.turnsAway(from('192.0.2.1', 'friendly-scanner'))).toBe(false)
  clock.advance(settings.provenMs + 1)
  fail('192.0.2.1', 5)
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(true)
})

test('a right key from an address that it does not work from is a bad credential', () => {
  const { guard, from } = world()
  const stolen = { ...bad, detail: 'source_not_allowed', key: {} } as Decision
  for (let count = 0; count < 5; count++) guard.learn(from('192.0.2.1'), stolen)
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(true)
})

test('an address that calls go out to is never banned', () => {
  const { guard, from, fail } = world()
  fail('198.51.100.1', 50)
  expect(guard.turnsAway(from('198.51.100.1', 'friendly-scanner'))).toBe(false)
})

test('a scanner is banned by its first message', () => {
  const { guard, alerts, from } = world()
  expect(guard.turnsAway(from('192.0.2.1', 'Friendly-Scanner/1.0'))).toBe(true)
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(true)
  expect(alerts).toHaveLength(1)
})

test('however the wall clock is set, a ban lasts its time, and failures are forgiven in theirs', () => {
  for (const ms of [10 * 365 * 86_400_000, -7_200_000]) {
    const { clock, guard, from, fail } = world()
    fail('192.0.2.1', 5)
    fail('192.0.2.2', 4)
    clock.setWallBy(ms)
    expect(guard.turnsAway(from('192.0.2.1'))).toBe(true)
    fail('192.0.2.2', 1)
    expect(guard.turnsAway(from('192.0.2.2'))).toBe(true)
    const untilMs = clock.now() + settings.banMs
    expect(guard.bans()).toMatchObject([{ untilMs }, { untilMs }])
    clock.advance(settings.banMs)
    expect(guard.turnsAway(from('192.0.2.1'))).toBe(false)
  }
})

test('where the engine forgets what it has not answered, a ban is silence, and said again to latecomers', () => {
  const { clock, guard, bans, from, fail } = world(true)
  expect(fail('192.0.2.1', 5)).toEqual([250, 500, 1000, 2000, 'silence'])
  expect(guard.silent).toBe(true)
  clock.advance(1_000)
  expect(guard.turnsAway(from('192.0.2.1'))).toBe(true)
  expect(bans).toEqual([
    ['192.0.2.1', settings.banMs],
    ['192.0.2.1', settings.banMs - 1_000],
  ])
})

test('of IPv6 the /64 counts, and IPv4 is the same in its other spelling', () => {
  const { guard, from, fail } = world()
  fail('2001:db8:1:2::1', 3)
  fail('2001:db8:1:2:ffff::9', 2)
  expect(guard.turnsAway(from('2001:db8:1:2:3:4:5:6'))).toBe(true)
  expect(guard.turnsAway(from('2001:db8:1:3::1'))).toBe(false)
  expect(sourceOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(sourceOf('nowhere')).toBe('nowhere')
})

test('a million sources take no more room than there is, and push out nobody who is proven', () => {
  const { guard, from, fail } = world()
  guard.learn(from('203.0.113.1'), good)
  for (let count = 0; count < sourcesMax + 1000; count++) {
    fail(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`, 1)
  }
  expect(guard.sizes.suspects).toBe(sourcesMax)
  fail('203.0.113.1', 50)
  expect(guard.turnsAway(from('203.0.113.1'))).toBe(false)
})

test('so many answers wait at once, and no further one', () => {
  const { guard } = world()
  const held = Array.from({ length: delayedMax }, () => guard.delay())
  expect(held).not.toContain(undefined)
  expect(guard.delay()).toBeUndefined()
  held[0]?.[Symbol.dispose]()
  expect(guard.delay()).toBeDefined()
})
