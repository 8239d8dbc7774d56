import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPeriods } from '../../src/admission/periods.ts'

const at = (iso: string) => Date.parse(iso)

test.each([
  ['UTC', '2026-01-05T12:00:00Z', '2026-01-05', '2026-01-06T00:00:00Z'],
  ['America/New_York', '2026-01-05T04:59:59.999Z', '2026-01-04', '2026-01-05T05:00:00Z'],
  ['America/New_York', '2026-01-05T05:00:00Z', '2026-01-05', '2026-01-06T05:00:00Z'],
  ['America/New_York', '2026-03-08T05:00:00Z', '2026-03-08', '2026-03-09T04:00:00Z'],
  ['America/New_York', '2026-11-01T04:00:00Z', '2026-11-01', '2026-11-02T05:00:00Z'],
  ['Asia/Kolkata', '2026-01-05T18:29:00Z', '2026-01-05', '2026-01-05T18:30:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T13:00:00Z', '2026-04-05', '2026-04-05T13:30:00Z'],
])('in %s, %s is %s, which ends at %s', (timeZone, now, day, endsAt) => {
  expect(createPeriods()(at(now), timeZone).day).toEqual({
    unit: 'day',
    name: day,
    endsAtMs: at(endsAt),
  })
})

test.each([
  ['UTC', '2026-01-31T23:59:59.999Z', '2026-01', '2026-02-01T00:00:00Z'],
  ['America/New_York', '2026-03-01T04:59:59.999Z', '2026-02', '2026-03-01T05:00:00Z'],
  ['America/New_York', '2026-03-01T05:00:00Z', '2026-03', '2026-04-01T04:00:00Z'],
])('in %s, %s is in %s, which ends at %s', (timeZone, now, month, endsAt) => {
  expect(createPeriods()(at(now), timeZone).month).toEqual({
    unit: 'month',
    name: month,
    endsAtMs: at(endsAt),
  })
})

test('asked in any order it answers as if asked for the first time', () => {
  const hours = fc.array(fc.integer({ min: 0, max: 24 * 400 }), { minLength: 1, maxLength: 6 })
  const zones = ['UTC', 'America/New_York', 'Australia/Lord_Howe']
  fc.assert(
    fc.property(hours, (list) => {
      const periodsOf = createPeriods()
      for (const hour of list) {
        const nowMs = at('2026-01-01T00:30:00Z') + hour * 3_600_000
        for (const zone of zones)
          expect(periodsOf(nowMs, zone)).toEqual(createPeriods()(nowMs, zone))
      }
    }),
    { numRuns: 20 },
  )
})

test('a zone that does not exist is an error, not some other zone', () => {
  expect(() => createPeriods()(0, 'Nowhere/Atlantis')).toThrow(RangeError)
})
