import type { NumberType } from './policy.ts'

/** A telephone number that every rule may trust: parsed, valid, canonical. */
export interface CanonicalNumber {
  /** E.164 with `+`. */
  readonly e164: string
  /** ISO 3166 region, or `001` where the number belongs to no country. */
  readonly region: string
  readonly type: NumberType
}

/** An emergency number as dialled: not E.164, never refused by a policy. */
export interface EmergencyNumber {
  readonly emergency: true
  readonly dialled: string
  readonly region: string
}

/** The number as it is dialled: E.164 with `+`, or an emergency number as it was. */
export function dialledText(called: CanonicalNumber | EmergencyNumber): string {
  return 'e164' in called ? called.e164 : called.dialled
}
