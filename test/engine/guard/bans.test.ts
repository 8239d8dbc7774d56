import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bans, bansMax } from '../../../src/engine/guard/bans.ts'
import { peerKey, sourceKey } from '../../../src/engine/guard/source-key.ts'
import { FakeClock } from '../../support/fake-clock.ts'

test('a banned source is dropped until its time, and nobody else is', () => {
  const clock = new FakeClock()
  const bans = new Bans(clock)
  bans.ban('192.0.2.1', 1_000)
  expect([bans.has('192.0.2.1'), bans.has('192.0.2.2')]).toEqual([true, false])
  clock.advance(999)
  expect(bans.has('192.0.2.1')).toBe(true)
  clock.advance(1)
  expect(bans.has('192.0.2.1')).toBe(false)
  expect(bans.size).toBe(0)
})

test('however the wall clock is set, a ban lasts as long as it was meant to', () => {
  for (const ms of [10 * 365 * 86_400_000, -7_200_000]) {
    const clock = new FakeClock()
    const bans = new Bans(clock)
    bans.ban('192.0.2.1', 60_000)
    clock.setWallBy(ms)
    expect(bans.list()).toEqual([{ source: '192.0.2.1', untilMs: clock.now() + 60_000 }])
    clock.advance(59_999)
    expect(bans.has('192.0.2.1')).toBe(true)
    clock.advance(1)
    expect(bans.has('192.0.2.1')).toBe(false)
  }
})

test('a ban in IPv6 binds the /64, however the address is written', () => {
  const clock = new FakeClock()
  const bans = new Bans(clock)
  bans.ban('2001:DB8:0:2::1', 1_000)
  expect(bans.has('2001:db8:0:2:ffff::9')).toBe(true)
  expect(bans.has('2001:db8:0:3::1')).toBe(false)
  expect(bans.list()).toEqual([{ source: '2001:db8:0:2::/64', untilMs: clock.now() + 1_000 }])
  bans.unban('2001:db8:0:2::/64')
  expect(bans.has('2001:db8:0:2::1')).toBe(false)
})

test('an IPv4 peer is the same on a socket for both families', () => {
  const clock = new FakeClock()
  const bans = new Bans(clock)
  bans.ban('::ffff:192.0.2.1', 1_000)
  expect(bans.has('192.0.2.1')).toBe(true)
  expect(bans.has('::ffff:192.0.2.1')).toBe(true)
})

test('what is no address, and what is over already, bans nobody', () => {
  const clock = new FakeClock()
  const bans = new Bans(clock)
  for (const source of ['', 'example.com', '192.0.2', '2001:db8::/64', '1.2.3.4.5']) {
    bans.ban(source, 1_000)
  }
  bans.ban('192.0.2.1', 0)
  bans.ban('192.0.2.1', Number.NaN)
  expect(bans.list()).toEqual([])
})

test('a full list forgets its oldest ban for a new one', () => {
  const clock = new FakeClock()
  const bans = new Bans(clock)
  const address = (nth: number) => `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`
  for (let nth = 0; nth <= bansMax; nth++) bans.ban(address(nth), 60_000)
  expect(bans.size).toBe(bansMax)
  expect([bans.has(address(0)), bans.has(address(1)), bans.has(address(bansMax))]).toEqual([
    false,
    true,
    true,
  ])
})

test('every IPv6 address has the key of its first four groups', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      // The URL parser knows the canonical spelling; its groups are those of RFC 5952.
      const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
      expect(sourceKey(address)).toBe(peerKey(canonical))
    }),
  )
})
