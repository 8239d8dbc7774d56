import type { CallAttempt } from '../domain/attempt.ts'
import type { Decision, Granted, Refused } from '../domain/decision.ts'
import { sleep } from '../kernel/clock.ts'
import type { CallJournal } from './journal.ts'
import type { NoPlace } from './registry.ts'
import type { Stages } from './stages.ts'

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

/** Whether the call goes to an emergency number, or may be the answer to one that did. */
export function isEmergencyGrant(grant: Granted): boolean {
  return grant.direction === 'inbound' ? grant.isEmergencyCallback : 'emergency' in grant.called
}

/** Where there is room for emergencies alone, what is none gives back what it has taken. */
export async function emergencyOr(reason: NoPlace, decision: Decision): Promise<Decision> {
  if (!decision.admitted || isEmergencyGrant(decision.grant)) return decision
  await decision.leases[Symbol.asyncDispose]()
  return { admitted: false, reason, ...partyOf(decision.grant), trace: decision.trace }
}

function partyOf(grant: Granted): Pick<Refused, 'key' | 'inbound'> {
  if (grant.direction === 'outbound') return { key: grant.key }
  const { carrierId, tenant, trunk } = grant
  return { inbound: { carrierId, tenantId: tenant.id, trunkId: trunk.id } }
}

/**
 * Whether the decision is on record, once that is settled. An emergency call waits for that a moment,
 * and goes on without where it cannot be had: nobody is left without help because a disk is full.
 */
export async function isRecorded(
  { clock }: Pick<Stages, 'clock'>,
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
