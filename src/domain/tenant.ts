import type { Id } from '../kernel/ids.ts'
import type { Limits } from './limits.ts'

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
  readonly limits: Limits
  /** What its calls cost, by the id of the deck; undefined: not known. */
  readonly rateDeck?: string | undefined
  /** IANA name; its midnight ends the tenant's day. */
  readonly timeZone: string
  /** RFC 8588 5: a stable UUID that stands for this tenant's trunk in every PASSporT. */
  readonly origId: string
}

/** Both ends inclusive, E.164 with `+`, same length. */
export interface NumberRange {
  readonly from: string
  readonly to: string
}
