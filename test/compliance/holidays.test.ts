import { expect, test } from 'vitest'
import { Holidays } from '../../src/compliance/holidays.ts'

const dayOf = (date: string) => Date.parse(`${date}T00:00:00Z`) / (24 * 3_600_000)

test.each([
  ['KR', '2026-02-16', '2026-02-17', 3, '2026-02-20'],
  ['TR', '2026-05-26', '2026-05-27', 5, '2026-06-01'],
  ['CX', '2026-02-16', '2026-02-17', 2, '2026-02-19'],
  ['US', '2026-11-25', '2026-11-26', 1, '2026-11-27'],
  // From noon on, and so of a day that is no working day.
  ['CW', '2026-12-30', '2026-12-31', 1, undefined],
])('in %s a holiday is all of its days: %s is none, from %s on there are %i', (...row) => {
  const [region, before, first, count, after] = row
  const holidays = new Holidays()
  expect(holidays.has(dayOf(before), region)).toBe(false)
  for (let day = 0; day < count; day++) {
    expect(holidays.has(dayOf(first) + day, region)).toBe(true)
  }
  if (after !== undefined) expect(holidays.has(dayOf(after), region)).toBe(false)
})

test('a holiday that begins in December lasts over the new year', () => {
  const holidays = new Holidays()
  expect(holidays.has(dayOf('2027-01-02'), 'SZ')).toBe(true)
  expect(holidays.has(dayOf('2027-01-04'), 'SZ')).toBe(false)
})
