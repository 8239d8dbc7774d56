import type { Admitted, Decision, Granted } from '../domain/decision.ts'
import { dialledText } from '../domain/number.ts'
import type { Reason } from '../domain/refusals.ts'
import { sleep } from '../kernel/clock.ts'
import { abandonedEnd, unanswered } from '../relay/call-end.ts'
import { invitationMs } from '../relay/expiry.ts'
import { unsupportedTags } from '../relay/headers.ts'
import { relayCall } from '../relay/relay-call.ts'
import type { CallEnd } from '../relay/relayed-call.ts'
import { answerTestCall } from '../relay/test-call.ts'
import { advances, bestAnswer } from '../routing/failover.ts'
import type { InboundCall } from '../sip/inbound-call.ts'
import { BudgetKeeper, costOf } from './budget-keeper.ts'
import { CandidateRooms } from './candidate-limits.ts'
import { complain } from './complain.ts'
import { emergencyOr, isEmergencyGrant, isRecorded, mayBeEmergency } from './emergency.ts'
import { HeldCall } from './held-call.ts'
import { CallJournal } from './journal.ts'
import { preflight } from './preflight.ts'
import { refusalAnswer } from './refusal-answer.ts'
import type { NoPlace, Place } from './registry.ts'
import type { Stages } from './stages.ts'
import { tellingStir } from './tell-stir.ts'
import { wayOf } from './way.ts'

/** RFC 5630 5.3: says what the 480 to a call by `sips` is about. */
const sipsNotAllowed = '380 tollgate "SIPS Not Allowed"'

/**
 * The story of one call, from its INVITE to its end. Never rejects: whatever fails, the INVITE is
 * answered or, from a banned source, dropped, the leases are given back, and what was decided stands
 * in the audit log before the caller hears of it.
 */
export async function handleInvite(stages: Stages, inbound: InboundCall): Promise<void> {
  const { attempt } = inbound
  if (stages.guard.turnsAway(attempt)) return turnedAway(stages, inbound)
  const journal = new CallJournal(stages, attempt.id)
  const place = stages.registry.enter(attempt.id, mayBeEmergency(attempt.requestUri))
  using _place = typeof place === 'string' ? undefined : place
  const decision = await decide(stages, inbound, place)
  await using _leases = decision.admitted ? decision.leases : undefined
  const isLogWritable = stages.audit.isWritable
  const recorded = isRecorded(stages, journal, { attempt, decision })

  if (typeof place === 'string' || !decision.admitted) {
    if (!(await recorded)) refuse(stages, inbound, 'audit_unavailable')
    else if (await slowDown(stages, inbound, decision)) refuseAs(stages, inbound, decision)
    else inbound.drop()
  } else if (!isLogWritable && !isEmergencyGrant(decision.grant)) {
    refuse(stages, inbound, 'audit_unavailable')
  } else {
    stages.guard.learn(attempt, decision)
    using _kept = place.hold(decision.leases)
    const end = await carryHeld({ stages, inbound, journal, place }, decision, recorded)
    journal.ended(end, decision.grant.rate)
    stages.outcome(decision.grant, end)
    await stages.limits.limiter.release(decision.leases, costOf(decision.grant.rate, end))
  }
}

/** Nothing is decided and nothing kept: the ban is on record, and what comes next is dropped unread. */
function turnedAway(stages: Stages, inbound: InboundCall): void {
  if (stages.guard.silent) inbound.drop()
  else refuse(stages, inbound, 'credentials_invalid')
}

/**
 * Who guesses keys waits for each answer, while there is room for those who wait. False where this
 * guess has banned its source, which then hears nothing.
 */
async function slowDown(
  stages: Stages,
  inbound: InboundCall,
  decision: Decision,
): Promise<boolean> {
  const delayMs = stages.guard.learn(inbound.attempt, decision)
  if (delayMs === 'silence') return false
  if (delayMs === 0) return true
  using held = stages.guard.delay()
  if (held) await sleep(stages.clock, delayMs)
  return true
}

async function decide(
  stages: Stages,
  inbound: InboundCall,
  place: Place | NoPlace,
): Promise<Decision> {
  const obstacle =
    typeof place === 'string' ? place : preflight(inbound.message, stages.engine.addresses)
  if (obstacle) return { admitted: false, reason: obstacle, trace: [] }
  try {
    const decision = await stages.admit(inbound.attempt)
    const only = typeof place === 'string' ? place : place.emergencyOnly
    return only ? await emergencyOr(only, decision) : decision
  } catch (error) {
    complain(stages.logger, inbound.attempt.id, error)
    return { admitted: false, reason: 'store_unavailable', trace: [] }
  }
}

/**
 * From now on the call ends with its key and its tenant. What became of them between its decision and
 * now, nobody would tell us any more. An emergency call goes on whatever becomes of them.
 */
async function settleIn(stages: Stages, place: Place, grant: Granted): Promise<void> {
  if (isEmergencyGrant(grant)) return place.markEmergency()
  place.belongsTo({ keyId: grant.key?.id, tenantId: grant.tenant.id })
  const cause = await stages.revoked(grant)
  if (cause !== undefined) place.control.hangUp(cause)
}

interface Carrying {
  readonly stages: Stages
  readonly inbound: InboundCall
  readonly journal: CallJournal
  readonly place: Place
}

/**
 * Carries the call while its decision is written down, and lets the caller hear nothing of it before
 * that is done, which is hurried when there is something to hear. Where it fails the caller is refused and
 * the callee's leg is ended.
 */
async function carryHeld(
  carrying: Carrying,
  admitted: Admitted,
  recorded: Promise<boolean>,
): Promise<CallEnd> {
  const { stages, inbound, place } = carrying
  const held = new HeldCall(inbound, () => stages.audit.hurry())
  const unrecorded = recorded.then((isOnRecord): CallEnd | undefined => {
    if (isOnRecord) return void held.letGo()
    held.cutOff()
    const end = turnAway(carrying, 'audit_unavailable')
    place.control.hangUp('audit_unavailable')
    return end
  })
  const end = await carry({ ...carrying, inbound: held }, admitted)
  return (await unrecorded) ?? end
}

/** Finds the way of an admitted call and relays it; resolves when it is over. */
async function carry(carrying: Carrying, admitted: Admitted): Promise<CallEnd> {
  const { stages, inbound, journal, place } = carrying
  const { grant } = admitted
  try {
    await settleIn(stages, place, grant)
    if (inbound.abandonment) return abandonedEnd(inbound.abandonment)
    if (grant.key?.mode === 'test') return await answerHere(carrying, grant)
    const found = await wayOf(stages, inbound, grant)
    if (typeof found === 'string') return turnAway(carrying, found)
    const { renew, exhausted, ...way } = found
    const rooms = new CandidateRooms({ stages, place, callId: inbound.attempt.id, grant })
    using budget = keeperOf(carrying, admitted)
    return await relayCall({
      inbound: tellingStir(inbound, grant),
      ...way,
      take: async (candidate, nth) => {
        await renew?.()
        return rooms.take(candidate, nth)
      },
      durationMaxMs: grant.policy.callDurationMaxS * 1000,
      // Who waits for help is not hung up on by what a PBX says of every call.
      invitationMs: isEmergencyGrant(grant) ? undefined : invitationMs(inbound.message),
      exhausted: () => exhaustedBy(stages, exhausted, rooms),
      control: place.control,
      events: journal.tellingAnswer(() => {
        budget?.answered()
        rooms.answered()
      }),
      failover: { advances, bestAnswer },
      settings: stages.relay,
      engine: stages.engine,
      clock: stages.clock,
      random: stages.random,
    })
  } catch (error) {
    complain(stages.logger, inbound.attempt.id, error)
    return turnAway(carrying, 'store_unavailable')
  }
}

/** Where limited money may end the call, what keeps it reserved ahead of it. In shadow only the tenant's may. */
function keeperOf(
  { stages, place }: Carrying,
  { grant, leases }: Admitted,
): BudgetKeeper | undefined {
  const { rate, policy, tenant } = grant
  const ofPolicy = policy.enforcement === 'shadow' ? undefined : policy.limits.budget
  const isLimited = ofPolicy ?? tenant.limits.budget
  if (!rate || !isLimited) return undefined
  const { limits, clock, logger } = stages
  const sliceMs = limits.budgetSliceS * 1000
  const { limiter } = limits
  const { control } = place
  const exceeded = 'budget_exceeded'
  return new BudgetKeeper({ limiter, leases, rate, sliceMs, clock, control, exceeded, logger })
}

/** No gateway took the call; where one was full, the limit that frees first, and when. */
function exhaustedBy(
  { refusals: catalogue, random }: Stages,
  reason: Reason,
  { soonest }: CandidateRooms,
) {
  const { limit, freesInMs } = soonest ?? {}
  const retryAfterS = freesInMs === undefined ? undefined : freesInMs / 1000
  return {
    cause: reason,
    answer: refusalAnswer({ reason, limit, retryAfterS, catalogue, random }),
  }
}

/** A test key reaches nobody: the gate itself answers. */
function answerHere(
  { stages, inbound, journal, place }: Carrying,
  grant: Granted,
): Promise<CallEnd> {
  return answerTestCall({
    inbound,
    called: dialledText(grant.called),
    durationMaxMs: grant.policy.callDurationMaxS * 1000,
    control: place.control,
    events: journal,
    clock: stages.clock,
  })
}

/** An admitted call that cannot be carried after all; the reason is the cause of its end. */
function turnAway({ stages, inbound }: Carrying, reason: Reason): CallEnd {
  if (inbound.abandonment) return abandonedEnd(inbound.abandonment)
  const status = refuse(stages, inbound, reason)
  return unanswered('gate', reason, status)
}

function refuseAs(stages: Stages, inbound: InboundCall, decision: Decision): void {
  if (decision.admitted) return
  const { reason, limit, retryAfterS, challenges, stir } = decision
  const headers =
    reason === 'extension_unsupported'
      ? { Unsupported: unsupportedTags(inbound.message, 'invite').join(', ') }
      : undefined
  const { random, refusals: catalogue } = stages
  const about = { reason, limit, retryAfterS, challenges, stir, headers }
  inbound.refuse(refusalAnswer({ ...about, catalogue, random }))
}

function refuse(stages: Stages, inbound: InboundCall, reason: Reason): number {
  const { refusals: catalogue, random } = stages
  const headers = reason === 'sips_unavailable' ? { Warning: sipsNotAllowed } : undefined
  const answer = refusalAnswer({ reason, catalogue, random, headers })
  inbound.refuse(answer)
  return answer.status
}
