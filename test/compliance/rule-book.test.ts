import { expect, test } from 'vitest'
import type { Place } from '../../src/compliance/place.ts'
import { RuleBook } from '../../src/compliance/rule-book.ts'
import {
  type ComplianceTables,
  noCompliance,
  type RecordingRule,
} from '../../src/domain/compliance.ts'
import { hours, origin } from './support.ts'

const place = (region: string, subdivisions?: string[], zones = ['UTC']): Place => ({
  region,
  subdivisions,
  zones,
})

const attempts = (attemptsMax: number, changed: object = {}) => ({
  ...origin,
  classes: ['marketing' as const],
  window: '24h' as const,
  attemptsMax,
  ...changed,
})

const recording = (rule: RecordingRule, changed: object = {}) => ({ ...origin, rule, ...changed })

const tables: ComplianceTables = {
  hours: [hours(8, 21, {}), hours(9, 17, { region: '*' })],
  attempts: [
    attempts(3, { subdivision: 'FL' }),
    attempts(5, { subdivision: 'OK' }),
    attempts(1, { region: '*' }),
  ],
  recording: [
    recording('one_party'),
    recording('all_party', { subdivision: 'FL' }),
    recording('announcement', { region: 'GB' }),
    recording('none', { region: 'XK' }),
    recording('all_party', { region: '*' }),
  ],
  consent: [{ ...origin, region: 'GB', classes: ['marketing'] }],
}
const book = new RuleBook(tables)

const max = (where: Place) =>
  book.attemptsMax({ place: where, callClass: 'marketing' }).map(({ attemptsMax }) => attemptsMax)

test('rows of a state hold for its numbers alone', () => {
  expect(max(place('US', ['FL']))).toEqual([3])
  expect(max(place('US', ['NY']))).toEqual([])
  expect(max(place('US', ['FL', 'OK']))).toEqual([3])
})

test('where the state cannot be told, the strictest of all states holds', () => {
  expect(max(place('US'))).toEqual([3])
})

test('a region that no row names has the rows of *, one that is named has its own alone', () => {
  expect(max(place('BR'))).toEqual([1])
  expect(max(place('GB'))).toEqual([])
})

test('rows hold for the classes they name', () => {
  const transactional = { place: place('US', ['FL']), callClass: 'transactional' } as const
  expect(book.attemptsMax(transactional)).toEqual([])
  expect(book.hasHours(transactional)).toBe(false)
  expect(book.hasHours({ ...transactional, callClass: 'marketing' })).toBe(true)
})

test('consent is needed where a row says so', () => {
  expect(book.consentRow({ place: place('GB'), callClass: 'marketing' })?.source).toBe('a law')
  expect(book.consentRow({ place: place('GB'), callClass: 'transactional' })).toBeUndefined()
  expect(book.consentRow({ place: place('US'), callClass: 'marketing' })).toBeUndefined()
})

test.each([
  ['US', ['NY'], 'unannounced', undefined],
  ['US', ['FL'], 'unannounced', 'all_party'],
  ['US', ['FL'], 'announced', 'all_party'],
  ['US', ['FL'], 'agreed', undefined],
  ['US', undefined, 'announced', 'all_party'],
  ['GB', undefined, 'unannounced', 'announcement'],
  ['GB', undefined, 'announced', undefined],
  ['BR', undefined, 'announced', 'all_party'],
  ['XK', undefined, 'agreed', 'none'],
  ['XK', undefined, 'none', undefined],
] as const)('recording in %s %o, %s: barred by %s', (region, subdivisions, practice, rule) => {
  const where = place(region, subdivisions && [...subdivisions])
  expect(book.recordingBar([where], practice)?.rule).toBe(rule)
})

test('a recording needs what the law of either end asks', () => {
  const newYork = place('US', ['NY'])
  const florida = place('US', ['FL'])
  expect(book.recordingBar([newYork, florida], 'unannounced')?.rule).toBe('all_party')
  expect(book.recordingBar([florida, newYork], 'unannounced')?.rule).toBe('all_party')
})

test('without tables nothing is barred', () => {
  const free = new RuleBook(noCompliance)
  expect(free.closedHours({ place: place('US'), callClass: 'marketing' }, 0)).toBeUndefined()
  expect(free.recordingBar([place('US')], 'unannounced')).toBeUndefined()
})
