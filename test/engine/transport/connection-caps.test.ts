import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConnectionCaps, type Place } from '../../../src/engine/transport/connection-caps.ts'
import { defaultTransportLimits } from '../../../src/engine/transport/limits.ts'

function caps(limits: Partial<typeof defaultTransportLimits>) {
  return new ConnectionCaps({ ...defaultTransportLimits, ...limits })
}

test('of IPv6 a source is a /64, of IPv4 an address', () => {
  const counted = caps({ connectionsPerSourceMax: 1 })
  expect(counted.accept('2001:db8:0:1::1', false)).toBeDefined()
  expect(counted.accept('2001:db8:0:1:ffff::2', false)).toBeUndefined()
  expect(counted.accept('2001:db8:0:2::1', false)).toBeDefined()
  expect(counted.accept('192.0.2.1', false)).toBeDefined()
  expect(counted.accept('192.0.2.2', false)).toBeDefined()
})

test.each([false, true])(
  'who has a /48 does not use up the connections of all, handshakes: %s',
  (shakes) => {
    const counted = caps({})
    const { connectionsPerSiteMax, handshakesPerSiteMax } = defaultTransportLimits
    let accepted = 0
    while (counted.accept(`2001:db8:1:${(accepted >> 4).toString(16)}::1`, shakes)) accepted += 1
    expect(accepted).toBe(shakes ? handshakesPerSiteMax : connectionsPerSiteMax)
    expect(counted.accept('2001:db8:2::1', shakes)).toBeDefined()
    expect(counted.accept('192.0.2.1', shakes)).toBeDefined()
    expect(counted.accept('::ffff:192.0.2.2', shakes)).toBeDefined()
  },
)

test('what a site has given back it may have again', () => {
  const counted = caps({ connectionsPerSiteMax: 2 })
  const places = [1, 2].map((at) => counted.accept(`2001:db8:1:${at}::1`, true))
  expect(counted.accept('2001:db8:1:3::1', false)).toBeUndefined()
  for (const place of places) place?.release()
  expect([3, 4, 5].map((at) => counted.accept(`2001:db8:1:${at}::1`, false) !== undefined)).toEqual(
    [true, true, false],
  )
})

test('one source does not use up the handshakes of all', () => {
  const counted = caps({ handshakesMax: 3, handshakesPerSourceMax: 2 })
  expect(counted.accept('192.0.2.1', true)).toBeDefined()
  expect(counted.accept('192.0.2.1', true)).toBeDefined()
  expect(counted.accept('192.0.2.1', true)).toBeUndefined()
  expect(counted.accept('192.0.2.1', false)).toBeDefined()
  expect(counted.accept('192.0.2.2', true)).toBeDefined()
  expect(counted.accept('192.0.2.3', true)).toBeUndefined()
})

test('connections that we open count among all, and of no source', () => {
  const counted = caps({ connectionsMax: 2, connectionsPerSourceMax: 1 })
  const place = counted.open()
  expect(counted.accept('192.0.2.1', false)).toBeDefined()
  expect(counted.open()).toBeUndefined()
  expect(counted.accept('192.0.2.2', false)).toBeUndefined()
  place?.release()
  expect(counted.open()).toBeDefined()
})

test('however many sources connect, there is room for the connections that we open', () => {
  const counted = caps({ connectionsMax: 4, acceptedMax: 3 })
  const places = [1, 2, 3, 4].map((at) => counted.accept(`192.0.2.${at}`, at === 1))
  expect(places.map((place) => place !== undefined)).toEqual([true, true, true, false])
  expect(counted.open()).toBeDefined()
  places[0]?.release()
  expect(counted.accept('192.0.2.5', false)).toBeDefined()
  expect(counted.open()).toBeUndefined()
})

test('unless told otherwise, one place in eight is left for the connections that we open', () => {
  const counted = caps({})
  const { connectionsMax } = defaultTransportLimits
  let accepted = 0
  while (counted.accept(`192.0.${accepted >> 8}.${accepted & 0xff}`, false)) accepted += 1
  expect(accepted).toBe((connectionsMax * 7) / 8)
  expect(counted.open()).toBeDefined()
})

test('whatever is taken and given back in whatever order, the bounds hold and nothing is left', () => {
  const act = fc.record({
    source: fc.integer({ min: 1, max: 3 }),
    shakes: fc.boolean(),
    settles: fc.boolean(),
    releases: fc.integer({ min: 0, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const limits = { connectionsMax: 5, connectionsPerSourceMax: 3, handshakesMax: 4 }
      const counted = caps({ ...limits, handshakesPerSourceMax: 2 })
      const held: Place[] = []
      for (const { source, shakes, settles, releases } of acts) {
        const place = counted.accept(`192.0.2.${source}`, shakes)
        if (place) held.push(place)
        if (place && settles) place.settled()
        for (const gone of held.splice(0, releases)) {
          gone.release()
          gone.release()
        }
        expect(held.length).toBeLessThanOrEqual(limits.connectionsMax)
      }
      for (const place of held) place.release()
      const again = [1, 2, 3, 4, 5, 6].map((at) => counted.accept(`192.0.2.${at}`, at < 6))
      expect(again.map((place) => place !== undefined)).toEqual(
        // Four handshakes at once, five connections.
        [true, true, true, true, false, true],
      )
      expect(counted.open()).toBeUndefined()
    }),
  )
})

test('a place that is given back twice takes nothing from who has come since', () => {
  const counted = caps({ connectionsPerSourceMax: 1 })
  const first = counted.accept('192.0.2.1', false)
  first?.release()
  expect(counted.accept('192.0.2.1', false)).toBeDefined()
  first?.release()
  expect(counted.accept('192.0.2.1', false)).toBeUndefined()
})
