import type { Id } from '../kernel/ids.ts'
import type { BreakerTerms } from './breaker.ts'
import type { Conduct } from './conduct.ts'
import type { DialPlan } from './dial-plan.ts'
import type { Limits } from './limits.ts'
import type { VerificationPolicy } from './verification-policy.ts'

export type PolicyId = Id<'policy'>

/** What a key may do, on SIP and on HTTP alike. */
export const scopes = [
  'calls:make',
  'calls:receive',
  'calls:record',
  'logs:read',
  'keys:manage',
] as const
export type Scope = (typeof scopes)[number]

/** libphonenumber's types, and two that it would call mobile or VoIP. */
export const numberTypes = [
  'FIXED_LINE',
  'MOBILE',
  'FIXED_LINE_OR_MOBILE',
  'TOLL_FREE',
  'PREMIUM_RATE',
  'SHARED_COST',
  'VOIP',
  'PERSONAL_NUMBER',
  'PAGER',
  'UAN',
  'VOICEMAIL',
  'SATELLITE',
  'INTERNATIONAL_NETWORK',
  'UNKNOWN',
] as const
export type NumberType = (typeof numberTypes)[number]

/** Which prefixes may be called: the longest decides, and of equal ones the denied. */
export interface PrefixPolicy {
  /** Imported lists, by their ids. */
  readonly lists: readonly string[]
  /** E.164, with or without `+`. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  /** Whether a number that no prefix fits is denied too. */
  readonly only?: boolean | undefined
}

/** `replace`: a number of the tenant's goes out instead. */
export const foreignCallerIds = ['refuse', 'attest_b', 'replace'] as const
export type ForeignCallerId = (typeof foreignCallerIds)[number]

/**
 * `relay`: carried where a number is known, as its identity or its preferred one; `replace`: and
 * where none is, with a number of the tenant's.
 */
export const withheldCallerIds = ['refuse', 'relay', 'replace'] as const
export type WithheldCallerId = (typeof withheldCallerIds)[number]

/**
 * `ignore`: what a call says of where it has been counts for nothing; `verified`: where it came signed
 * and that is found true, its caller ID goes out, and the diversion is signed (RFC 8946).
 */
export const divertedCalls = ['ignore', 'verified'] as const
export type DivertedCalls = (typeof divertedCalls)[number]

/** Named rules bound to a key. */
export interface Policy {
  readonly id: PolicyId
  /** In shadow its rules and limits refuse nothing: what they would have is noted in the trace. */
  readonly enforcement?: 'enforce' | 'shadow' | undefined
  readonly scopes: readonly Scope[]
  /** ISO 3166 regions, and `001` for the world-wide codes: by region, never by calling code. */
  readonly regions: readonly string[]
  readonly numberTypes: readonly NumberType[]
  /** The region that a number without a country code belongs to. */
  readonly homeRegion: string
  /** How digits without `+` are meant; undefined where they mean what they mean in that region. */
  readonly dialPlan: DialPlan | undefined
  /** Finer than regions and types; undefined: no prefix is looked at. */
  readonly prefixes?: PrefixPolicy | undefined
  /** Towards those who are called; undefined: as `usualConduct`. */
  readonly conduct?: Conduct | undefined
  /** A caller ID that is not the tenant's: refused, called with attestation B, or replaced. */
  readonly foreignCallerId: ForeignCallerId
  /** A caller who keeps its number from the callee; undefined: `relay`. */
  readonly withheldCallerId?: WithheldCallerId | undefined
  /** A call that came to the tenant's number, signed by others, and that it passes on; undefined: `ignore`. */
  readonly divertedCalls?: DivertedCalls | undefined
  /** Whose calls these are: `gateway` for those of people unknown here. Undefined: `customer`. */
  readonly traffic?: 'customer' | 'gateway' | undefined
  readonly limits: Limits
  /** While the shared store is lost: no call, or this gate's part of each limit. Undefined: no call. */
  readonly whenStoreLost?: 'refuse' | 'local' | undefined
  /** The most that a minute may cost; undefined: whatever it costs. */
  readonly priceMax?: { readonly currency: string; readonly perMinuteMicros: number } | undefined
  /** When the spike breaker of a key opens; undefined: never. */
  readonly breaker?: BreakerTerms | undefined
  /** What becomes of calls to its tenant whose caller is not verified; undefined: as usual. */
  readonly verification?: VerificationPolicy | undefined
  /** A running call ends after this long. */
  readonly callDurationMaxS: number
}
