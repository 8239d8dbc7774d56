import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RuleBook } from '../../src/compliance/rule-book.ts'
import { loadCompliance } from '../../src/config/compliance.ts'
import { mayBeIn } from '../../src/config/regions.ts'
import { loadGeography } from '../../src/numbering/geography.ts'

const origin = 'source: a law, checked: "2026-11-25", evidence: read'
const recording = `recording: [{ ${origin}, rule: one_party }]`

function dirWith(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-compliance-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

test('rows are read as they are written', () => {
  const dir = dirWith({
    'fr.yaml': `regions: [FR, RE]
hours: [{ ${origin}, days: { mon-fri: "10:00-13:00, 14:00-20:00", sat: "10:00-24:00" }, holidays: closed }]
attempts: [{ ${origin}, window: 30d, max: 4, classes: [marketing, transactional] }]
${recording}`,
    'notes.txt': 'not a table',
  })
  const { hours, attempts, recording: rules } = loadCompliance(dir)
  const day = [
    { from: 600, to: 780 },
    { from: 840, to: 1200 },
  ]
  expect(hours).toMatchObject([
    {
      region: 'FR',
      closedOnHolidays: true,
      classes: ['marketing'],
      source: 'a law',
      checked: '2026-11-25',
      evidence: 'read',
      week: [[], day, day, day, day, day, [{ from: 600, to: 1440 }]],
    },
    { region: 'RE' },
  ])
  expect(attempts[0]).toMatchObject({ window: '30d', attemptsMax: 4 })
  expect(rules.map(({ region }) => region)).toEqual(['FR', 'RE'])
})

test('everything that is wrong is told at once, with its file and path', () => {
  const dir = dirWith({
    'a.yaml': `regions: [GB, Narnia]
hours:
  - { ${origin}, days: { mon-fri: "8-21" } }
  - { source: a law, days: { mon-fri: "08:00-21:00", tue: "08:00-12:00" } }
  - { ${origin}, days: { mon: "21:00-08:00" }, checked2: x }
  - { source: a law, checked: "2026-11-25", evidence: hearsay, days: { mon: "08:00-09:00" } }
recording: [{ ${origin}, rule: whatever }]`,
    'b.yaml': `regions: [GB]\nhours: []\n${recording}`,
    'c.yaml': 'regions: [',
    'd.yaml': `regions: [FR]\nhours: [{ ${origin}, days: { mon: "08:00-09:00" } }]\n${recording}`,
    'e.yaml': `regions: [FR]\nhours: [{ ${origin}, days: { mon: "08:00-09:00" } }]\n${recording}`,
  })
  expect(() => loadCompliance(dir)).toThrow('has problems')
  try {
    loadCompliance(dir)
  } catch (error) {
    const text = String(error)
    for (const part of [
      'a.yaml.regions[1]: is neither a region',
      'a.yaml.hours[0].days.mon-fri: must be hours',
      'a.yaml.hours[1].checked: is missing',
      'a.yaml.hours[1].evidence: is missing',
      'a.yaml.hours[3].evidence: must be one of read, secondary, unverified',
      'a.yaml.hours[2].days.mon: must be hours',
      'a.yaml.hours[2].checked2: no such setting',
      'a.yaml.recording[0].rule: must be one of one_party, announcement, all_party, none',
      'b.yaml.hours: needs at least one row',
      'c.yaml: line 1: is not YAML',
      'e.yaml: region FR is already in d.yaml',
    ]) {
      expect(text).toContain(part)
    }
  }
})

test('a row that no call could ever be held against is a mistake', () => {
  const days = 'days: { mon: "08:00-09:00" }'
  const dir = dirWith({
    'us.yaml': `regions: [US]\nhours: [{ ${origin}, ${days}, subdivision: FLA }]\nrecording: [{ ${origin}, rule: none, subdivision: PR }]`,
    'ca.yaml': `regions: [CA]\nhours: [{ ${origin}, ${days}, subdivision: QB }]\n${recording}`,
    'fr.yaml': `regions: [FR]\nhours: [{ ${origin}, ${days}, classes: [] }]\n${recording}`,
    // Of other countries no number tells more, so that all rows are about all of them.
    'au.yaml': `regions: [AU]\nhours: [{ ${origin}, ${days}, subdivision: NSW }]\n${recording}`,
  })
  expect(() => loadCompliance(dir)).toThrow(
    [
      'ca.yaml.hours[0].subdivision: is not a state or province of CA (given: "QB")',
      'fr.yaml.hours[0].classes: names no class (given: [])',
      'us.yaml.hours[0].subdivision: is not a state or province of US (given: "FLA")',
      'us.yaml.recording[0].subdivision: is not a state or province of US (given: "PR")',
    ].join('\n  '),
  )
})

test('every state and province that a number tells may stand in a row', () => {
  for (let code = 200; code < 1000; code++) {
    for (const region of ['US', 'CA']) {
      const number = { e164: `+1${code}5550100`, region, type: 'UNKNOWN' } as const
      const foreign = region === 'US' ? 'CA' : 'US'
      const known = (part: string) => mayBeIn(region, part) || mayBeIn(foreign, part)
      expect(geography.subdivisionsOf(number)?.filter((part) => !known(part)) ?? []).toEqual([])
    }
  }
})

test('a directory that is not there is told by the name of its setting', () => {
  expect(() => loadCompliance('/nowhere/at/all')).toThrow('compliance.dir /nowhere/at/all')
})

const shipped = loadCompliance('config/compliance')

test('every shipped row names its source, the day it was checked and how good it is', () => {
  const rows = Object.values(shipped).flat()
  expect(rows.length).toBeGreaterThan(100)
  for (const { source, checked, evidence } of rows) {
    expect(source.length).toBeGreaterThan(5)
    expect(checked).toMatch(/^2026-\d\d-\d\d$/)
    if (/no law/i.test(source)) expect(evidence).toBe('unverified')
  }
})

const geography = loadGeography()
const book = new RuleBook(shipped)

function marketing(e164: string, region: string, moment: string): string {
  const number = { e164, region, type: 'UNKNOWN' } as const
  const subdivisions = geography.subdivisionsOf(number)
  const place = { region, subdivisions, zones: geography.zonesOf(number) }
  const closed = book.closedHours({ place, callClass: 'marketing' }, Date.parse(moment))
  return closed ? `closed by ${closed.row.subdivision ?? closed.row.region}` : 'open'
}

test.each([
  ['+12125550100', 'US', '2026-11-25T13:00:00Z', 'open'],
  ['+12125550100', 'US', '2026-11-25T12:59:00Z', 'closed by US'],
  ['+13055550100', 'US', '2026-11-26T00:59:00Z', 'open'],
  ['+13055550100', 'US', '2026-11-26T01:00:00Z', 'closed by FL'],
  ['+15025550100', 'US', '2026-11-25T14:30:00Z', 'closed by KY'],
  ['+12255550100', 'US', '2026-11-26T18:00:00Z', 'closed by LA'],
  ['+14055550100', 'US', '2026-11-25T14:59:00Z', 'closed by OK'],
  ['+14055550100', 'US', '2026-11-25T15:00:00Z', 'open'],
  ['+18005550100', 'US', '2026-11-24T18:00:00Z', 'closed by CT'],
  ['+17875550100', 'PR', '2026-11-26T18:00:00Z', 'open'],
  ['+33612345678', 'FR', '2026-11-25T12:30:00Z', 'closed by FR'],
  ['+33612345678', 'FR', '2026-11-25T13:30:00Z', 'open'],
  ['+33612345678', 'FR', '2026-07-14T13:30:00Z', 'closed by FR'],
  ['+61212345678', 'AU', '2026-11-28T07:00:00Z', 'closed by AU'],
  ['+442079460000', 'GB', '2026-11-29T12:00:00Z', 'closed by GB'],
  ['+5511987654321', 'BR', '2026-11-25T12:00:00Z', 'closed by *'],
])('a marketing call to %s (%s) at %s: %s', (e164, region, moment, expected) => {
  expect(marketing(e164, region, moment)).toBe(expected)
})
