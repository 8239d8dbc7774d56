import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ZoneOffsets } from '../../src/compliance/zone-offsets.ts'

/** The offset by another way: the local time of a moment, read as if it were UTC. */
function offsetMs(timeZone: string, atMs: number): number {
  const local = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(atMs)
  return Date.parse(`${local.replace(' ', 'T')}Z`) - Math.floor(atMs / 1000) * 1000
}

const zones = [
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Europe/Dublin',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'UTC',
]

test('the offset is that of the zone, whenever and in whichever order it is asked', () => {
  const offsets = new ZoneOffsets()
  const moment = fc.integer({
    min: Date.parse('2024-01-01T00:00:00Z'),
    max: Date.parse('2030-01-01T00:00:00Z'),
  })
  fc.assert(
    fc.property(fc.constantFrom(...zones), moment, (zone, atMs) => {
      expect(offsets.offsetMs(zone, atMs)).toBe(offsetMs(zone, atMs))
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['America/New_York', '2026-11-01T06:00:00Z', -4, -5],
  ['America/New_York', '2027-03-14T07:00:00Z', -5, -4],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 10.5, 11],
])('in %s the offset changes at %s, to the millisecond', (zone, moment, before, after) => {
  const offsets = new ZoneOffsets()
  const atMs = Date.parse(moment)
  expect(offsets.offsetMs(zone, atMs - 1) / 3_600_000).toBe(before)
  expect(offsets.offsetMs(zone, atMs) / 3_600_000).toBe(after)
})

test('a zone that does not exist throws', () => {
  expect(() => new ZoneOffsets().offsetMs('Nowhere/Atlantis', 0)).toThrow(RangeError)
})
