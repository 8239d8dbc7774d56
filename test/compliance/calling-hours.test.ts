import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hours, opensInMinutes } from './support.ts'

const newYork = ['America/New_York']
const alaska = ['America/Adak', 'America/Anchorage']

test.each([
  ['2026-11-25T12:59:59Z', 1 / 60],
  ['2026-11-25T13:00:00Z', 0],
  ['2026-11-26T01:59:59.999Z', 0],
  ['2026-11-26T02:00:00Z', 11 * 60],
])('hours open and close to the millisecond in local time: at %s', (moment, minutes) => {
  expect(opensInMinutes([hours(8, 21, {})], newYork, moment)).toBeCloseTo(minutes, 6)
})

test('a call is let through only where it may be placed in every zone', () => {
  // 8:30 in Anchorage, 7:30 in Adak.
  expect(opensInMinutes([hours(8, 21, {})], alaska, '2026-11-25T17:30:00Z')).toBe(30)
  // 21:10 in Anchorage, 20:10 in Adak: the next moment for both is Adak's 8:00.
  expect(opensInMinutes([hours(8, 21, {})], alaska, '2026-11-26T06:10:00Z')).toBe(11 * 60 + 50)
})

test('a call is let through only where every row lets it through', () => {
  const rows = [hours(8, 21, {}), hours(10, 20, {})]
  expect(opensInMinutes(rows, newYork, '2026-11-25T14:30:00Z')).toBe(30)
  expect(opensInMinutes(rows, newYork, '2026-11-25T15:00:00Z')).toBe(0)
})

test('a pause in the day is kept', () => {
  const week = Array(7).fill([
    { from: 600, to: 780 },
    { from: 840, to: 1200 },
  ])
  const row = hours(0, 0, { week })
  expect(opensInMinutes([row], ['Europe/Paris'], '2026-11-25T12:00:00Z')).toBe(60)
  expect(opensInMinutes([row], ['Europe/Paris'], '2026-11-25T11:59:00Z')).toBe(0)
})

test('a holiday of the state has no calls, the day after has', () => {
  const row = hours(8, 20, { subdivision: 'LA', closedOnHolidays: true })
  // Mardi Gras 2026, a holiday of Louisiana.
  const chicago = ['America/Chicago']
  expect(opensInMinutes([row], chicago, '2026-02-17T15:00:00Z')).toBe(23 * 60)
  expect(opensInMinutes([row], chicago, '2026-02-18T15:00:00Z')).toBe(0)
  const elsewhere = hours(8, 20, { subdivision: 'AL', closedOnHolidays: true })
  expect(opensInMinutes([elsewhere], chicago, '2026-02-17T15:00:00Z')).toBe(0)
})

test('a day that people keep and the law does not is no holiday', () => {
  const row = hours(8, 20, { subdivision: 'LA', closedOnHolidays: true })
  // Saint Patrick's Day, and the day after Thanksgiving.
  for (const day of ['2026-03-17', '2026-11-27']) {
    expect(opensInMinutes([row], ['America/Chicago'], `${day}T16:00:00Z`)).toBe(0)
  }
})

test('rows of no region in particular know the holidays of the region that is called', () => {
  const row = hours(10, 18, { region: '*', closedOnHolidays: true })
  expect(opensInMinutes([row], ['Europe/Vienna'], '2026-10-26T10:00:00Z', 'AT')).toBe(23 * 60)
  expect(opensInMinutes([row], ['Europe/Vienna'], '2026-10-26T10:00:00Z', 'ZZ')).toBe(0)
})

test('what opens more than a day from now has no time to wait for', () => {
  const row = hours(9, 17, { days: [1, 2, 3, 4, 5] })
  // Friday 17:00, Saturday 9:00 and Sunday 9:00 in New York.
  expect(opensInMinutes([row], newYork, '2026-11-27T22:00:00Z')).toBe(undefined)
  expect(opensInMinutes([row], newYork, '2026-11-29T14:00:00Z')).toBe(24 * 60)
  expect(opensInMinutes([row], newYork, '2026-11-29T13:59:00Z')).toBe(undefined)
})

test('hours that exclude each other are never open, and asking for them ends', () => {
  const rows = [hours(8, 10, {}), hours(11, 12, {})]
  expect(opensInMinutes(rows, newYork, '2026-11-25T14:00:00Z')).toBe(undefined)
})

test('the clocks are changed meanwhile: the wait is as long as it is', () => {
  // 22:00 before the night in which New York gains, or loses, an hour.
  expect(opensInMinutes([hours(8, 21, {})], newYork, '2026-11-01T02:00:00Z')).toBe(11 * 60)
  expect(opensInMinutes([hours(8, 21, {})], newYork, '2027-03-14T03:00:00Z')).toBe(9 * 60)
})

test('who waits as long as told finds the hours open, and nobody could have called before', () => {
  const zone = fc.constantFrom(
    ...['America/New_York', 'America/Adak', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'],
  )
  const start = fc.integer({ min: 0, max: 22 })
  const row = fc
    .record({
      start,
      length: fc.integer({ min: 1, max: 14 }),
      days: fc.subarray([0, 1, 2, 3, 4, 5, 6]),
    })
    .map(({ start, length, days }) => hours(start, Math.min(24, start + length), { days }))
  const moment = fc.integer({
    min: Date.parse('2026-01-01T00:00:00Z'),
    max: Date.parse('2027-12-31T00:00:00Z'),
  })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 3 }), fc.array(zone), moment, (rows, zones, atMs) => {
      const at = (ms: number) => opensInMinutes(rows, zones, new Date(ms).toISOString())
      const wait = at(atMs)
      if (wait === 0) return
      const untilMs = wait === undefined ? atMs + 24 * 3_600_000 : atMs + wait * 60_000
      if (wait !== undefined) expect(at(untilMs)).toBe(0)
      for (let ms = atMs; ms < untilMs; ms += 47 * 60_000) expect(at(ms)).not.toBe(0)
    }),
    { numRuns: 150 },
  )
})
