import type { CallAttempt } from '../domain/attempt.ts'
import type { Decision, Grant } from '../domain/decision.ts'
import { type Clock, sleep } from '../kernel/clock.ts'
import type { CallJournal } from './journal.ts'
import type { NoPlace } from './registry.ts'

/** An emergency number has five digits at most, and a dial plan may want four before it. */
const digitsMax = 9
/** How long an emergency call waits for its record. */
const recordMs = 1_000
const userPart = /^(?:sips?|tel):([^@;]*)/i

/**
 * Whether a Request-URI may turn out to be an emergency, by its length alone. Which one it is, only its
 * key's region and dial plan can tell.
 */
export function mayBeEmergency(requestUri: string): boolean {
  const user = userPart.exec(requestUri)?.[1] ?? ''
  const digits = user.replace(/\D/g, '').length
  return digits > 0 && digits <= digitsMax
}

/** Whether the call goes to an emergency number. */
export function isEmergencyGrant({ called }: Grant): boolean {
  return !('e164' in called)
}

/** Where there is room for emergencies alone, what is none gives back what it has taken. */
export async function emergencyOr(reason: NoPlace, decision: Decision): Promise<Decision> {
  if (!decision.admitted || isEmergencyGrant(decision.grant)) return decision
  await decision.leases[Symbol.asyncDispose]()
  return { admitted: false, reason, key: decision.grant.key, trace: decision.trace }
}

/**
 * Whether the decision is on record. An emergency call waits for that a moment, and is carried without
 * where it cannot be had: nobody is left without help because a disk is full.
 */
export async function isRecorded(
  clock: Clock,
  journal: Pick<CallJournal, 'decided'>,
  { attempt, decision }: { readonly attempt: CallAttempt; readonly decision: Decision },
): Promise<boolean> {
  const recorded = journal.decided(attempt, decision)
  if (!decision.admitted || !isEmergencyGrant(decision.grant)) return await recorded
  const waiting = new AbortController()
  await Promise.race([recorded, sleep(clock, recordMs, waiting.signal)])
  waiting.abort()
  return true
}
