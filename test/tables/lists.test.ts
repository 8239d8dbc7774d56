import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberSetBuilder } from '../../src/tables/number-set.ts'
import { PrefixRulesBuilder, readPrefixList } from '../../src/tables/prefix-list.ts'
import { readSuppressionList } from '../../src/tables/suppression-list.ts'
import { fileOf } from './support.ts'

const e164 = fc.stringMatching(/^[1-9]\d{6,14}$/)

test('exactly the numbers that were put in are in a set', () => {
  fc.assert(
    fc.property(fc.array(e164, { maxLength: 60 }), fc.array(e164), (numbers, others) => {
      const builder = new NumberSetBuilder()
      for (const number of [...numbers, ...numbers]) builder.add(`+${number}`)
      const set = builder.build()
      const expected = new Set(numbers)
      expect(set.size).toBe(expected.size)
      for (const number of [...numbers, ...others])
        expect(set.has(number)).toBe(expected.has(number))
      for (const number of numbers) {
        const neighbour = String(Number(number) + 1)
        expect(set.has(`+${neighbour}`)).toBe(expected.has(neighbour))
      }
    }),
  )
})

test('a number costs four bytes, also where numbers lie far apart', () => {
  const builder = new NumberSetBuilder()
  for (let at = 0; at < 5000; at++) builder.add(`+1${2_000_000_000 + at * 13}`)
  for (let at = 0; at < 5000; at++) builder.add(`+4930${100_000 + at * 13}`)
  const set = builder.build()
  expect(set.bytes / set.size).toBe(4)
})

test('a suppression list is read whole or not at all', async () => {
  const good = await readSuppressionList(
    fileOf(['number', '+12025550123', '447700900123', '+80012345678']),
    'refuse',
  )
  expect(good.numbers?.size).toBe(3)
  expect(good.numbers?.has('+447700900123')).toBe(true)
  const lines = ['number', '+12025550123', '(202) 555-0123', '+0123', '12025550123456789']
  // As the United States write theirs: +41 55 552671 and +21 25 550100 are nobody's.
  lines.push('4155552671', '2125550100')
  const bad = await readSuppressionList(fileOf(lines), 'refuse')
  expect(bad.numbers).toBeUndefined()
  expect(bad.report.faults.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    '3 is not E.164 with its country code',
    '4 is not E.164 with its country code',
    '5 is not E.164 with its country code',
    '6 is not E.164 with its country code',
    '7 is not E.164 with its country code',
  ])
  const skipped = await readSuppressionList(fileOf(lines), 'skip')
  expect(skipped.numbers?.size).toBe(1)
})

test('the longest prefix decides, and of equal ones deny', async () => {
  const { rules } = await readPrefixList(
    fileOf([
      'prefix,effect,source,date',
      '+1,allow,house,',
      '1242,deny,irsf,2026-05-01',
      '1242300,allow,house,2026-06-01',
      '12423001,,irsf,2026-07-01',
      '44,allow,a,',
      '44,deny,b,',
      '44,allow,c,',
    ]),
    'refuse',
  )
  const verdict = (number: string) => rules?.verdict(number)
  expect(verdict('+12025550123')).toEqual({
    effect: 'allow',
    prefix: '+1',
    source: 'house',
    date: '',
  })
  expect(verdict('+12425550123')).toMatchObject({ effect: 'deny', prefix: '+1242', source: 'irsf' })
  expect(verdict('+12423005555')).toMatchObject({ effect: 'allow', prefix: '+1242300' })
  expect(verdict('+12423001555')).toMatchObject({ effect: 'deny', date: '2026-07-01' })
  expect(verdict('+442079460000')).toMatchObject({ effect: 'deny', source: 'b' })
  expect(verdict('+33612345678')).toBeUndefined()
})

test('a prefix list tells its faults by column', async () => {
  const lines = ['prefix,effect,date', '+,deny,', '44,maybe,', '44,deny,2026-02-30', '0044,deny,']
  const { report, rules } = await readPrefixList(fileOf(lines), 'refuse')
  expect(rules).toBeUndefined()
  expect(report.faults.map(({ line, column }) => `${line} ${column}`)).toEqual([
    '2 prefix',
    '3 effect',
    '4 date',
    '5 prefix',
  ])
})

test('more sources than a list may have are refused, not mixed up', () => {
  const builder = new PrefixRulesBuilder()
  const row = (source: string) => ({ effect: 'deny', prefix: '44', source, date: '' }) as const
  for (let at = 0; at < 10_000; at++) expect(builder.add(row(String(at)))).toBeUndefined()
  expect(builder.add(row('one more'))).toContain('different sources')
})
