import { timezones } from 'libphonenumber-geo-carrier'
import { getCountries, getExampleNumber, parsePhoneNumber } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { expect, test } from 'vitest'
import type { CanonicalNumber } from '../../src/domain/number.ts'
import { canonicalNumber, isEmergency } from '../../src/numbering/canonical-number.ts'
import { loadGeography } from '../../src/numbering/geography.ts'
import { readTextDocument } from '../../src/numbering/text-document.ts'

const geography = loadGeography()

const number = (e164: string, region = 'US'): CanonicalNumber => ({ e164, region, type: 'UNKNOWN' })

function zonesOf(uri: string): readonly string[] {
  const result = canonicalNumber(uri, { homeRegion: 'US' })
  if (!result.ok || isEmergency(result.number)) throw new Error(`${uri} is no number`)
  return geography.zonesOf(result.number)
}

test.each([
  ['+12125550100', ['America/New_York']],
  ['+12705550100', ['America/Chicago', 'America/New_York']],
  ['+13645550100', ['America/Chicago', 'America/New_York']],
  ['+18505550100', ['America/Chicago', 'America/New_York']],
  ['+12704440100', ['America/Chicago']],
  ['+13085550100', ['America/Chicago', 'America/Denver']],
  ['+17785550100', ['America/Edmonton', 'America/Vancouver']],
  ['+12085550100', ['America/Boise', 'America/Los_Angeles']],
  ['+18795550100', ['America/Halifax', 'America/Puerto_Rico', 'America/St_Johns']],
  ['+14745550100', ['America/Regina']],
  ['+18765550100', ['America/Jamaica']],
  ['+61292345678', ['Australia/Sydney']],
  ['+33612345678', ['Europe/Paris']],
  ['+881612345678', []],
  ['+80012345678', []],
  ['+979123456789', []],
])('%s may be in these zones: %o', (e164, zones) => {
  expect(geography.zonesOf(number(e164))).toEqual(zones)
})

test('a mobile number may be anywhere in its country, whatever it begins with', () => {
  expect(zonesOf('tel:+61412345678')).toEqual(expect.arrayContaining(['Australia/Perth']))
  expect(zonesOf('tel:+61412345678')).toEqual(expect.arrayContaining(['Australia/Sydney']))
  expect(zonesOf('tel:+34612345678')).toEqual(['Atlantic/Canary', 'Europe/Madrid'])
  expect(zonesOf('tel:+79161234567').length).toBeGreaterThan(10)
})

test('a mobile number is where its digits say where such numbers have area codes, or the code is shared', () => {
  expect(zonesOf('tel:+5511987654321')).toEqual(['America/Sao_Paulo'])
  expect(zonesOf('tel:+18765551234')).toEqual(['America/Jamaica'])
  expect(zonesOf('tel:+77012345678')).toEqual(['Asia/Almaty', 'Asia/Aqtobe'])
  expect(zonesOf('tel:+262692123456')).toEqual(['Indian/Reunion'])
})

test('a number that tells no place may be in every zone of its plan', () => {
  expect(geography.zonesOf(number('+18005550100')).length).toBeGreaterThan(40)
})

test("Canada's 867 may be in each of its three territories", () => {
  expect(geography.zonesOf(number('+18675550100'))).toHaveLength(4)
  expect(geography.subdivisionsOf(number('+18675550100', 'CA'))).toEqual(['NT', 'NU', 'YT'])
})

test('the zones are those that the library itself finds, and all of them exist', async () => {
  for (const country of getCountries().filter((_, at) => at % 8 === 0)) {
    const example = getExampleNumber(country, examples)
    if (!example || example.number.startsWith('+1867')) continue
    const found = await timezones(parsePhoneNumber(example.number))
    const zones = geography.zonesOf(number(example.number, country))
    expect(zones).toEqual(found ?? [])
    for (const timeZone of zones)
      expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow()
  }
})

test.each([
  ['+12125550100', 'US', ['NY']],
  ['+13055550100', 'US', ['FL']],
  ['+12025550100', 'US', ['DC']],
  ['+12065550100', 'US', ['WA']],
  ['+14165550100', 'CA', ['ON']],
  ['+12575550100', 'CA', ['BC']],
  ['+19025550100', 'CA', ['NS', 'PE']],
  ['+18005550100', 'US', undefined],
  ['+18765550100', 'JM', undefined],
  ['+442079460000', 'GB', undefined],
])('%s of %s is in %o', (e164, region, subdivisions) => {
  expect(geography.subdivisionsOf(number(e164, region))).toEqual(subdivisions)
})

test('a table in another form than expected is not taken for one', () => {
  expect(() => readTextDocument(Buffer.from([12, 0, 0, 0, 0x10, 97, 0, 1, 0, 0, 0, 0]))).toThrow()
})
