import fc from 'fast-check'
import { expect, test } from 'vitest'
import { debtBytesMax, FloodGuard } from '../../../src/engine/guard/flood-guard.ts'
import { defaultFloodLimits, type FloodLimits } from '../../../src/engine/guard/flood-limits.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const limits = defaultFloodLimits

function open(given: Partial<FloodLimits> = {}) {
  const clock = new FakeClock()
  let behind = false
  const guard = new FloodGuard(clock, countedRandom(), { limits: given, isBehind: () => behind })
  return {
    clock,
    guard,
    fallBehind: () => {
      behind = true
    },
    /** How many of so many datagrams are let in, spread evenly over a second. */
    second: (count: number, source: (nth: number) => readonly [string, number]) => {
      let admitted = 0
      for (let nth = 0; nth < count; nth++) {
        if (guard.admits(...source(nth), 500)) admitted += 1
        clock.advance(1_000 / count)
      }
      return admitted
    },
  }
}

const one = (): readonly [string, number] => ['192.0.2.1', 5060]
const many = (nth: number): readonly [string, number] => [
  `10.${(nth >> 16) & 255}.${(nth >> 8) & 255}.${nth & 255}`,
  5060,
]
const pbx = { protocol: 'udp', address: '198.51.100.1', port: 5060 } as const
const fromPbx = (): readonly [string, number] => [pbx.address, pbx.port]

test('a stranger has his burst and his rate, from whatever port', () => {
  const { second } = open()
  expect(second(5_000, (nth) => ['192.0.2.1', 1_024 + nth])).toBeLessThanOrEqual(
    limits.strangerBurst + limits.strangerPerS,
  )
  const later = second(5_000, one)
  expect(later).toBeGreaterThan(limits.strangerPerS * 0.9)
  expect(later).toBeLessThanOrEqual(limits.strangerPerS + 1)
})

test('a flood over one /64 is one stranger', () => {
  const { second } = open()
  const admitted = second(5_000, (nth) => [`2001:db8::${nth.toString(16)}`, 5060])
  expect(admitted).toBeLessThanOrEqual(limits.strangerBurst + limits.strangerPerS)
})

test('all strangers together have their burst and their rate, however many they claim to be', () => {
  const { second } = open()
  const most = limits.strangersBurst + limits.strangersPerS
  expect(second(20_000, many)).toBeLessThanOrEqual(most)
  // Other addresses, so that nobody comes again.
  expect(second(20_000, (nth) => many(nth + 1_000_000))).toBeLessThanOrEqual(
    limits.strangersPerS + 1,
  )
})

test('a stranger who repeats what was dropped is let in, in the midst of a flood of forged ones', () => {
  const { guard, clock, second } = open()
  second(20_000, many)
  expect(guard.admits(...fromPbx(), 500)).toBe(false)
  second(9_000, (nth) => many(nth + 1_000_000))
  expect(guard.admits(...fromPbx(), 500)).toBe(true)
  clock.advance(limits.returnMaxMs)
})

test('where the application is behind, strangers are let in only when they come again', () => {
  const { guard, clock, fallBehind } = open()
  fallBehind()
  expect(guard.admits(...one(), 500)).toBe(false)
  clock.advance(limits.returnMinMs)
  expect(guard.admits(...one(), 500)).toBe(true)
  guard.vouch(pbx)
  expect(guard.admits(...fromPbx(), 500)).toBe(true)
})

test('who is vouched for is not touched by a flood of strangers, from his own address neither', () => {
  const { guard, clock } = open()
  guard.vouch(pbx)
  let admitted = 0
  for (let nth = 0; nth < 100_000; nth++) {
    guard.admits(...many(nth), 500)
    guard.admits(pbx.address, 1_024 + (nth % 60_000), 500)
    if (nth % 100 === 0 && guard.admits(...fromPbx(), 500)) admitted += 1
    clock.advance(0.05)
  }
  expect(admitted).toBe(1_000)
})

test('a peer that we send to has its own rate, which no flood takes, and no more', () => {
  const { clock, guard, second } = open()
  const peer = (count: number) => {
    let admitted = 0
    for (let nth = 0; nth < count; nth++) if (guard.admitsPeer(...fromPbx(), 500)) admitted += 1
    return admitted
  }
  second(10_000, many)
  expect(peer(1_000)).toBe(limits.strangerBurst)
  guard.vouch(pbx)
  // But for the fractions of a millisecond that are lost in so many sums.
  expect(peer(30_000) / limits.vouchedBurst).toBeCloseTo(1, 2)
  clock.advance(1_000)
  expect(peer(30_000) / limits.vouchedPerS).toBeCloseTo(1, 2)
})

test('an endpoint is known for ten minutes after the last sign', () => {
  const { guard, clock } = open()
  guard.vouch(pbx)
  clock.advance(limits.knownMs - 1)
  expect(guard.isStranger(pbx)).toBe(false)
  guard.vouch(pbx)
  clock.advance(limits.knownMs - 1)
  expect(guard.isStranger(pbx)).toBe(false)
  clock.advance(1)
  expect(guard.isStranger(pbx)).toBe(true)
})

test('who has registered for long is known for an hour, a call meanwhile or not', () => {
  const { guard, clock, second } = open()
  guard.vouch(pbx, 7_200_000)
  clock.advance(limits.registeredMaxMs - limits.knownMs - 10_000)
  guard.vouch(pbx)
  clock.advance(limits.knownMs)
  second(20_000, many)
  expect([guard.isStranger(pbx), guard.admits(...fromPbx(), 500)]).toEqual([false, true])
  clock.advance(10_000)
  expect(guard.isStranger(pbx)).toBe(true)
})

test('who has registered for less is known no longer, but as long as after a call', () => {
  const { guard, clock } = open()
  guard.vouch(pbx, 1_200_000)
  const other = { ...pbx, port: pbx.port + 1 }
  guard.vouch(other, 60_000)
  clock.advance(limits.knownMs - 1)
  expect([guard.isStranger(pbx), guard.isStranger(other)]).toEqual([false, false])
  clock.advance(1)
  expect([guard.isStranger(pbx), guard.isStranger(other)]).toEqual([false, true])
  clock.advance(1_200_000 - limits.knownMs)
  expect(guard.isStranger(pbx)).toBe(true)
})

test('whom calls keep known has his place, whenever he registered', () => {
  const { guard, clock } = open({ knownMax: 2 })
  const others = [6_001, 6_002].map((port) => ({ ...pbx, address: '192.0.2.9', port }))
  guard.vouch(pbx, 7_200_000)
  guard.vouch(others[0] ?? pbx, 3_600_000)
  clock.advance(60_000)
  guard.vouch(pbx)
  guard.vouch(others[1] ?? pbx)
  expect(guard.isStranger(pbx)).toBe(false)
  expect(guard.isStranger(others[0] ?? pbx)).toBe(true)
})

test('those who prove themselves take nobody vouched for his place, and are bounded', () => {
  const { guard } = open({ knownMax: 100 })
  guard.vouch(pbx)
  for (let nth = 0; nth < 1_000; nth++) {
    guard.prove({ protocol: 'udp', address: many(nth)[0], port: 5060 })
  }
  expect(guard.isStranger(pbx)).toBe(false)
  expect(guard.isStranger({ ...pbx, address: many(0)[0] })).toBe(true)
  expect(guard.isStranger({ ...pbx, address: many(999)[0] })).toBe(false)
  for (let nth = 0; nth < 100; nth++) guard.vouch({ ...pbx, port: 6_000 + nth })
  expect(guard.isStranger(pbx)).toBe(true)
})

test('who has acknowledged eight refusals is only refused until an application serves it', () => {
  const { guard, clock } = open()
  for (let nth = 0; nth < 8; nth++) {
    expect(guard.isOnlyRefused(pbx)).toBe(false)
    guard.prove(pbx)
  }
  expect(guard.isOnlyRefused(pbx)).toBe(true)
  expect(guard.isOnlyRefused({ ...pbx, protocol: 'tcp' })).toBe(false)
  expect(guard.isOnlyRefused({ ...pbx, port: 5061 })).toBe(false)
  clock.advance(limits.knownMs)
  expect(guard.isOnlyRefused(pbx)).toBe(false)
  for (let nth = 0; nth < 8; nth++) guard.prove(pbx)
  guard.vouch(pbx)
  expect(guard.isOnlyRefused(pbx)).toBe(false)
})

test('a connection is no stranger: its source has shaken hands', () => {
  const { guard } = open()
  expect(guard.isStranger({ ...pbx, protocol: 'tcp' })).toBe(false)
})

test('a stranger is sent what came from him and one debt, whatever is answered and repeated', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('in'), bytes: fc.nat(2_000) }),
      fc.record({ kind: fc.constant('100'), bytes: fc.integer({ min: 20, max: 1_000 }) }),
      fc.record({ kind: fc.constant('final'), bytes: fc.integer({ min: 20, max: 1_000 }) }),
    ),
    { maxLength: 100 },
  )
  fc.assert(
    fc.property(steps, (script) => {
      const { guard } = open()
      let received = 0
      let sent = 0
      for (const { kind, bytes } of script) {
        if (kind === 'in') {
          received += bytes
          guard.admits(...one(), bytes)
          continue
        }
        const response = Buffer.alloc(bytes)
        response.write(kind === '100' ? 'SIP/2.0 100' : 'SIP/2.0 403')
        if (guard.maySend(response, ...one())) sent += bytes
        expect(sent).toBeLessThanOrEqual(received === 0 ? 0 : received + debtBytesMax)
      }
    }),
  )
})
