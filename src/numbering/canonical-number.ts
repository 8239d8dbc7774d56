import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max'
import type { CanonicalNumber, EmergencyNumber } from '../domain/number.ts'
import type { NumberType } from '../domain/policy.ts'
import { BoundedCache } from './bounded-cache.ts'
import { dialledIn } from './dialled.ts'
import { isEmergencyNumber } from './emergency.ts'

export type NumberRefusal =
  | 'number_incomplete'
  | 'number_malformed'
  | 'uri_scheme_unsupported'
  | 'number_invalid'

export type NumberResult =
  | { readonly ok: true; readonly number: CanonicalNumber | EmergencyNumber }
  | { readonly ok: false; readonly reason: NumberRefusal }

/** Where a number without a country code belongs. */
export interface Home {
  readonly homeRegion: string
}

/** Numbers belong to no country there: UN M.49 `001`, the world. */
const worldRegion = '001'

/**
 * Satellite networks, which the numbering metadata calls mobile or VoIP: Inmarsat 870, the global
 * mobile satellite systems 881 (Iridium, Globalstar), EMSAT 882 13 and Thuraya 882 16 (ITU-T E.164,
 * lists of assigned country codes and of codes shared by networks).
 */
const satellitePrefixes = ['+870', '+881', '+88213', '+88216']

/**
 * North America's exchange 976 is for services that cost the caller extra; the numbering metadata
 * takes it for an ordinary one. Toll-free numbers and the islands of the plan use it as any other.
 */
const premiumRegions: ReadonlySet<string | undefined> = new Set(['US', 'CA'])
const premiumExchange = /^\+1\d{3}976/

const cacheEntriesMax = 10_000
/** Working out one number takes about 10 us, finding it here a tenth of that. */
const cache = new BoundedCache<NumberResult>(cacheEntriesMax)

/**
 * The one number that a sip, sips or tel URI stands for, or why it stands for none. However it is
 * spelled, everything after this point sees the same E.164 number, region and type.
 */
export function canonicalNumber(uri: string, home: Home): NumberResult {
  const { homeRegion } = home
  const dialled = dialledIn(uri, homeRegion)
  if (!dialled.ok) return dialled
  return cache.get(`${homeRegion} ${dialled.digits}`, () => classify(dialled.digits, homeRegion))
}

/** Whether it is an emergency number, which no policy and no limit may refuse. */
export function isEmergency(number: CanonicalNumber | EmergencyNumber): number is EmergencyNumber {
  return 'emergency' in number
}

function classify(digits: string, homeRegion: string): NumberResult {
  if (isEmergencyNumber(digits, homeRegion)) {
    return { ok: true, number: { emergency: true, dialled: digits, region: homeRegion } }
  }
  const home = isSupportedCountry(homeRegion) ? { defaultCountry: homeRegion } : {}
  const parsed = parsePhoneNumberFromString(digits, { ...home, extract: false })
  if (!parsed?.isValid()) {
    return { ok: false, reason: isTooShort(digits, home) ? 'number_incomplete' : 'number_invalid' }
  }
  const number = {
    e164: parsed.number,
    region: parsed.country ?? worldRegion,
    type: typeOf(parsed),
  }
  return { ok: true, number }
}

function isTooShort(digits: string, home: { defaultCountry?: CountryCode }): boolean {
  return validatePhoneNumberLength(digits, home) === 'TOO_SHORT'
}

function typeOf(parsed: PhoneNumber): NumberType {
  if (satellitePrefixes.some((prefix) => parsed.number.startsWith(prefix))) return 'SATELLITE'
  const type = parsed.getType() ?? 'UNKNOWN'
  const isPremium = type === 'FIXED_LINE_OR_MOBILE' && premiumExchange.test(parsed.number)
  return isPremium && premiumRegions.has(parsed.country) ? 'PREMIUM_RATE' : type
}
