import type { Id } from '../kernel/ids.ts'
import type { BreakerTerms } from './breaker.ts'
import type { Limits } from './limits.ts'
import type { Retention } from './personal.ts'
import type { RichCallData } from './verification.ts'

export type TenantId = Id<'tenant'>

/** The customer. Owns keys and numbers; its limits bind all its keys together. */
export interface Tenant {
  readonly id: TenantId
  readonly name: string
  readonly status: 'active' | 'suspended'
  /** Numbers it may present, E.164 with `+`. */
  readonly numbers: readonly string[]
  /** Inclusive ranges of numbers it may present. */
  readonly ranges: readonly NumberRange[]
  /** Where the right to a single number comes from, by the number; for those of which it is told. */
  readonly numberRights?: Readonly<Record<string, string>> | undefined
  readonly limits: Limits
  /** What its calls cost, by the id of the deck; undefined: not known. */
  readonly rateDeck?: string | undefined
  /** IANA name; its midnight ends the tenant's day. */
  readonly timeZone: string
  /** RFC 8588 5: a UUID that stands for it in every PASSporT; undefined: one for each of its keys. */
  readonly origId?: string | undefined
  /** What callees are shown, signed with the call (RFC 9795); undefined: nothing. */
  readonly rcd?: TenantRichCallData | undefined
  /** When its spike breaker opens, over all its keys; undefined: never. */
  readonly breaker?: BreakerTerms | undefined
  /** When its keys are used in the ordinary way; undefined: at any time. */
  readonly officeHours?: readonly OfficeHours[] | undefined
  /** How long its data can be read; undefined: the usual terms. */
  readonly retention?: Retention | undefined
  /** Whether it stays suspended whatever status it is given: what was declared of it cannot be used. */
  readonly isHeld?: boolean | undefined
}

/** `reason`: why it calls, in its own words, or `from_subject`: in those of each call's Subject. */
export interface TenantRichCallData extends RichCallData {
  readonly ppt: 'shaken' | 'rcd'
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** From one minute of the day up to, not including, another, in the tenant's time zone. */
export interface OfficeHours {
  readonly days: readonly (typeof weekdays)[number][]
  readonly fromMinute: number
  readonly toMinute: number
}

/** Both ends inclusive, E.164 with `+`, same length. */
export interface NumberRange {
  readonly from: string
  readonly to: string
  /** Where the right to these numbers comes from, where that is told. */
  readonly right?: string | undefined
}
