import { RuleBook } from '../../src/compliance/rule-book.ts'
import type { HoursRow, RuleOrigin } from '../../src/domain/compliance.ts'
import { noCompliance } from '../../src/domain/compliance.ts'

export const origin: RuleOrigin = {
  region: 'US',
  subdivision: undefined,
  source: 'a law',
  checked: '2026-11-25',
  evidence: 'read',
}

/** Hours from `from` to `to` o'clock on the weekdays named, Sunday being 0. */
export function hours(from: number, to: number, changed: Partial<HoursRow> & { days?: number[] }) {
  const { days = [0, 1, 2, 3, 4, 5, 6], ...rest } = changed
  const row: HoursRow = {
    ...origin,
    classes: ['marketing'],
    week: [0, 1, 2, 3, 4, 5, 6].map((day) =>
      days.includes(day) ? [{ from: from * 60, to: to * 60 }] : [],
    ),
    closedOnHolidays: false,
    ...rest,
  }
  return row
}

/** When a marketing call may next be placed, in minutes: 0 for now, undefined for not within a day. */
export function opensInMinutes(
  rows: readonly HoursRow[],
  zones: readonly string[],
  moment: string,
  region = 'US',
): number | undefined {
  const book = new RuleBook({ ...noCompliance, hours: rows })
  const place = { region, subdivisions: undefined, zones }
  const closed = book.closedHours({ place, callClass: 'marketing' }, Date.parse(moment))
  if (!closed) return 0
  return closed.opensInMs === undefined ? undefined : closed.opensInMs / 60_000
}
