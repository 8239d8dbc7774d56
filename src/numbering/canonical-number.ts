import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max'
import type { DialPlan } from '../domain/dial-plan.ts'
import type { CanonicalNumber, EmergencyNumber } from '../domain/number.ts'
import type { NumberType } from '../domain/policy.ts'
import { Recent } from '../kernel/recent.ts'
import { outside, readings } from './dial-plan.ts'
import { dialledIn } from './dialled.ts'
import { isEmergencyNumber } from './emergency.ts'

export type NumberRefusal =
  | 'number_incomplete'
  | 'number_malformed'
  | 'uri_scheme_unsupported'
  | 'number_invalid'
  | 'number_ambiguous'

export type NumberResult =
  | { readonly ok: true; readonly number: CanonicalNumber | EmergencyNumber }
  | { readonly ok: false; readonly reason: NumberRefusal }

/** Where a number without a country code belongs. */
export interface Home {
  readonly homeRegion: string
  /** How digits without `+` are meant; undefined where they mean what they mean in the region. */
  readonly dialPlan?: DialPlan | undefined
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
 * Codes whose numbers the metadata calls VoIP or a company's: 878 is for personal numbers; 882, 883
 * and 888 are shared by networks of no country (ITU-T E.164, list of assigned country codes).
 */
const worldTypes: Readonly<Record<string, NumberType>> = {
  '+878': 'PERSONAL_NUMBER',
  '+882': 'INTERNATIONAL_NETWORK',
  '+883': 'INTERNATIONAL_NETWORK',
  '+888': 'INTERNATIONAL_NETWORK',
}
const worldCodeLength = '+878'.length

/** Canada's 600 is for satellite telephones and others that cost the caller extra (CNAC, NPA 600). */
const canadianSpecial = '+1600'

/**
 * North America's exchange 976 is for services that cost the caller extra; the numbering metadata
 * takes it for an ordinary one. Toll-free numbers and the islands of the plan use it as any other.
 */
const premiumRegions: ReadonlySet<string | undefined> = new Set(['US', 'CA'])
const premiumExchange = /^\+1\d{3}976/

const knownMax = 20_000
/** Working out one number takes about 10 us, finding it here a tenth of that. */
const known = new Recent<string, NumberResult>(knownMax)

/**
 * The one number that a sip, sips or tel URI stands for, or why it stands for none. However it is
 * spelled, everything after this point sees the same E.164 number, region and type.
 */
export function canonicalNumber(uri: string, home: Home): NumberResult {
  const { homeRegion, dialPlan } = home
  const dialled = dialledIn(uri, homeRegion)
  if (!dialled.ok) return dialled
  const { digits } = dialled
  if (isEmergencyNumber(digits, homeRegion)) return emergencyCall(digits, homeRegion)
  // RFC 3966 5.1.5: in the context that the URI names, digits are those of the country's own plan.
  if (!dialPlan || digits.startsWith('+') || dialled.inContext) return numberOf(digits, homeRegion)
  return plannedNumber(digits, homeRegion, dialPlan)
}

function numberOf(digits: string, homeRegion: string): NumberResult {
  const name = `${homeRegion} ${digits}`
  const before = known.get(name)
  if (before) return before
  const result = classify(digits, homeRegion)
  known.set(name, result)
  return result
}

function emergencyCall(dialled: string, region: string): NumberResult {
  return { ok: true, number: { emergency: true, dialled, region } }
}

/** The one number that the digits mean under the plan; meaning two makes them none. */
function plannedNumber(dialled: string, homeRegion: string, plan: DialPlan): NumberResult {
  const digits = outside(dialled, plan)
  if (digits === undefined || !isSupportedCountry(homeRegion)) {
    return { ok: false, reason: 'number_invalid' }
  }
  if (isEmergencyNumber(digits, homeRegion)) return emergencyCall(digits, homeRegion)
  const callingCode = getCountryCallingCode(homeRegion)
  const meant = new Map<string, NumberResult>()
  let reason: NumberRefusal = 'number_invalid'
  for (const { reading, exact } of readings(digits, plan, callingCode)) {
    const result = numberOf(reading, homeRegion)
    if (!result.ok) reason = result.reason === 'number_incomplete' ? result.reason : reason
    else if (!isEmergency(result.number) && !(exact && result.number.e164 !== reading)) {
      meant.set(result.number.e164, result)
    }
  }
  if (meant.size > 1) return { ok: false, reason: 'number_ambiguous' }
  return meant.values().next().value ?? { ok: false, reason }
}

/** Whether it is an emergency number, which no policy and no limit may refuse. */
export function isEmergency(number: CanonicalNumber | EmergencyNumber): number is EmergencyNumber {
  return 'emergency' in number
}

function classify(digits: string, homeRegion: string): NumberResult {
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
  const worldType = worldTypes[parsed.number.slice(0, worldCodeLength)]
  if (worldType) return worldType
  if (parsed.number.startsWith(canadianSpecial)) return 'SATELLITE'
  const type = parsed.getType() ?? 'UNKNOWN'
  const isPremium = type === 'FIXED_LINE_OR_MOBILE' && premiumExchange.test(parsed.number)
  return isPremium && premiumRegions.has(parsed.country) ? 'PREMIUM_RATE' : type
}
