import fc from 'fast-check'
import { getCountries } from 'libphonenumber-js/max'
import { expect, test } from 'vitest'
import type { DialPlan } from '../../src/domain/dial-plan.ts'
import { callerNumber } from '../../src/numbering/caller-number.ts'
import { canonicalNumber, isEmergency } from '../../src/numbering/canonical-number.ts'

const manhattan: DialPlan = {
  outsideLine: '9',
  internationalPrefixes: ['011'],
  nationalPrefix: '1',
  local: { areaCode: '212', length: 7 },
}
const london: DialPlan = {
  outsideLine: '',
  internationalPrefixes: ['00'],
  nationalPrefix: '0',
  local: { areaCode: '20', length: 8 },
}
const berlin: DialPlan = { ...london, local: { areaCode: '30', length: 8 } }
const moscow: DialPlan = {
  outsideLine: '',
  internationalPrefixes: ['810'],
  nationalPrefix: '8',
  local: { areaCode: '495', length: 7 },
}
const milan: DialPlan = { ...london, nationalPrefix: '', local: undefined }

function read(uri: string, homeRegion: string, dialPlan?: DialPlan): string {
  const result = canonicalNumber(uri, { homeRegion, dialPlan })
  if (!result.ok) return result.reason
  return isEmergency(result.number) ? `emergency ${result.number.dialled}` : result.number.e164
}

test.each([
  ['US', manhattan, '912125550123', '+12125550123'],
  ['US', manhattan, '92125550123', '+12125550123'],
  ['US', manhattan, '95550123', '+12125550123'],
  ['US', manhattan, '9011442079460000', '+442079460000'],
  ['US', manhattan, '+12125550123', '+12125550123'],
  ['US', manhattan, '2125550123', 'number_invalid'],
  ['US', manhattan, '5550123', 'number_invalid'],
  ['US', manhattan, '9175550123', 'number_incomplete'],
  ['US', manhattan, '911', 'emergency 911'],
  ['US', manhattan, '9911', 'emergency 911'],
  ['US', manhattan, '99911', 'number_incomplete'],
  ['US', manhattan, '9', 'number_incomplete'],
  ['GB', london, '02079460000', '+442079460000'],
  ['GB', london, '79460000', '+442079460000'],
  ['GB', london, '0033612345678', '+33612345678'],
  ['GB', london, '999', 'emergency 999'],
  ['DE', berlin, '03012345678', '+493012345678'],
  ['DE', berlin, '12345678', '+493012345678'],
  ['DE', berlin, '00442079460018', '+442079460018'],
  ['DE', berlin, '30123456', 'number_ambiguous'],
  ['RU', moscow, '88005553535', '+78005553535'],
  ['RU', moscow, '8005553535', '+78005553535'],
  ['RU', moscow, '81033612345678', '+33612345678'],
  ['IT', milan, '0236618300', '+390236618300'],
  ['IT', milan, '0033612345678', '+33612345678'],
  ['ZZ', london, '02079460000', 'number_invalid'],
] as const)('in %s under its plan %o, %s means %s', (region, plan, digits, expected) => {
  expect(read(`sip:${digits}@x`, region, plan)).toBe(expected)
})

test('digits whose country the URI names are not read by the plan of the house', () => {
  expect(read('tel:2125550123;phone-context=+1', 'US', manhattan)).toBe('+12125550123')
  expect(read('tel:92125550123;phone-context=+1', 'US', manhattan)).not.toContain('+')
})

test('nobody presents the digits that lead out of the house', () => {
  const from = (digits: string) =>
    callerNumber(
      {
        from: `<sip:${digits}@pbx>`,
        privacy: [],
        preferredIdentities: [],
        assertedIdentities: [],
      },
      { homeRegion: 'US', dialPlan: manhattan },
    )
  expect(from('2125550123')).toMatchObject({ ok: true, number: { e164: '+12125550123' } })
})

const plan: fc.Arbitrary<DialPlan> = fc.record({
  outsideLine: fc.constantFrom('', '0', '9'),
  internationalPrefixes: fc.subarray(['00', '011', '0011', '810', '119']),
  nationalPrefix: fc.constantFrom('', '0', '1', '8', '06'),
  local: fc.option(
    fc.record({
      areaCode: fc.constantFrom('2', '30', '212', '495'),
      length: fc.integer({ min: 6, max: 8 }),
    }),
    { nil: undefined },
  ),
})
const region = fc.constantFrom(...getCountries())
const digits = fc.stringMatching(/^\+?[0-9]{1,16}$/)

test('whatever the plan and the digits, one canonical number comes out or a refusal', () => {
  fc.assert(
    fc.property(plan, region, digits, (dialPlan, homeRegion, dialled) => {
      const once = read(`sip:${dialled}@x`, homeRegion, dialPlan)
      if (!once.startsWith('+')) return
      expect(once).toMatch(/^\+[1-9]\d{4,14}$/)
      // Reading again what was read changes nothing, under this plan or any.
      expect(read(`tel:${once}`, homeRegion, dialPlan)).toBe(once)
      expect(read(`sip:${once}@y;user=phone`, 'US')).toBe(once)
    }),
    { numRuns: 2000 },
  )
})

test('spellings of one number under one plan never come to two numbers', () => {
  const national = fc.constantFrom('2079460000', '1619960000', '7400123456', '1212345678')
  fc.assert(
    fc.property(national, (number) => {
      const spellings = [`0${number}`, number, `0044${number}`, `+44${number}`, `%2B44${number}`]
      const separated = `tel:+44-${number.slice(0, 4)}.${number.slice(4)}`
      const read1 = spellings.map((each) => read(`sip:${each}@x`, 'GB', london))
      const found = new Set(
        [...read1, read(separated, 'GB', london)].filter((each) => each[0] === '+'),
      )
      expect(found).toEqual(new Set([`+44${number}`]))
    }),
  )
})
