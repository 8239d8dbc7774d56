/**
 * Whose data a sealed value is. Each kind has keys of its own for each tenant and month, so that one
 * can be let go of before another.
 */
export const personalKinds = ['caller', 'callee', 'address', 'actor'] as const
export type PersonalKind = (typeof personalKinds)[number]

/** For how many whole months after its own each kind is kept, and the call records themselves. */
export interface Retention {
  readonly callerMonths: number
  readonly calleeMonths: number
  readonly addressMonths: number
  readonly actorMonths: number
  readonly recordMonths: number
}

/** What holds unless a tenant has terms of its own. */
export const usualRetention: Retention = {
  callerMonths: 24,
  calleeMonths: 24,
  addressMonths: 12,
  actorMonths: 24,
  recordMonths: 24,
}

/** For how many months a kind is kept. */
export function monthsKept(retention: Retention, kind: PersonalKind): number {
  return retention[`${kind}Months`]
}
