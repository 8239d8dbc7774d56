import { attestationReasonOf, attestationReasons } from '../domain/attestation.ts'
import type {
  Admitted,
  Decision,
  Grant,
  InboundParty,
  Refused,
  TraceStep,
} from '../domain/decision.ts'
import { type Reason, refusals } from '../domain/refusals.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import { isEmergency } from '../numbering/canonical-number.ts'
import { type Caller, type Dossier, found, type Stopped, stop } from './check.ts'
import { emergencyCaller } from './emergency-call.ts'
import { noLeases } from './no-leases.ts'

const detailLengthMax = 200

/** Whether the call is to an emergency number, so that no policy is asked. */
export function isEmergencyCall({ called }: Dossier): boolean {
  return called?.ok === true && isEmergency(called.number)
}

/** Every check has let the call pass. */
export function admitted(dossier: Dossier, trace: TraceStep[]): Admitted<Grant> {
  const grant = grantOf(dossier, found(dossier.caller, 'the caller'))
  return { admitted: true, grant, leases: found(dossier.leases, 'the leases'), trace }
}

/**
 * An emergency call of a proven key. A test key's reaches nobody, and the caller is told: who needs help
 * must not wait for a voice that is not there, nor a test wake those who send it.
 */
export function decidedEmergency(dossier: Dossier, trace: TraceStep[]): Decision<Grant> {
  if (dossier.key?.mode === 'test') {
    trace.push({ check: 'emergency_caller', passed: false, figures: { mode: 'test' } })
    return refused(stop('emergency_test_key'), dossier, trace)
  }
  const caller = emergencyCaller(dossier)
  const figures = { e164: caller.number.e164, owned: caller.owned }
  trace.push({ check: 'emergency_caller', passed: true, figures })
  const leases = noLeases(dossier.attempt.id)
  return { admitted: true, grant: grantOf(dossier, caller), leases, trace }
}

function grantOf(dossier: Dossier, caller: Caller): Grant {
  const called = found(dossier.called, 'the called number')
  if (!called.ok) throw new Error('a call without a number is granted')
  const policy = found(dossier.policy, 'the policy')
  const attestationReason = attestationReasonOf({
    ...caller,
    diverted: caller.diverted !== undefined,
    traffic: policy.traffic ?? 'customer',
  })
  return {
    direction: 'outbound',
    tenant: found(dossier.tenant, 'the tenant'),
    key: found(dossier.key, 'the key'),
    policy,
    called: called.number,
    caller: caller.number,
    callerOwned: caller.owned,
    callerWithheld: caller.withheld,
    attestation: attestationReasons[attestationReason],
    attestationReason,
    diverted: caller.diverted,
    rate: dossier.rate,
  }
}

/** A check has stopped the call. */
export function refused(stopped: Stopped, dossier: Dossier, trace: TraceStep[]): Refused {
  const { reason, detail, limit, freesInMs, challenges, stir } = stopped
  const retryAfterS = refusals[reason].retryAfter === 'given' ? retryAfterOf(freesInMs) : undefined
  const heard = { limit, retryAfterS, challenges, stir }
  return { admitted: false, reason, detail, ...heard, ...whoOf(dossier), trace }
}

/** RFC 3261 20.33: whole seconds; rounded up, so that who waits as told is not refused again. */
function retryAfterOf(freesInMs: number | undefined): number {
  return Math.max(1, Math.ceil((freesInMs ?? 0) / 1000))
}

/** Fails closed: a store that does not answer, or a fault of ours, admits nobody. */
export function undecidable(error: unknown, dossier: Dossier, trace: TraceStep[]): Refused {
  const ofStore = error instanceof Failure && error.code === 'store_unavailable'
  const reason: Reason = ofStore ? 'store_unavailable' : 'internal_error'
  const detail = messageOf(error).slice(0, detailLengthMax)
  return { admitted: false, reason, detail, ...whoOf(dossier), trace }
}

function whoOf(dossier: Dossier): Pick<Refused, 'key' | 'caller' | 'called' | 'inbound'> {
  const { key, caller, called } = dossier
  return {
    key,
    caller: caller?.number,
    called: called?.ok ? called.number : undefined,
    inbound: partyOf(dossier),
  }
}

function partyOf({ carrier, tenant, trunk, outsideCaller }: Dossier): InboundParty | undefined {
  if (!carrier) return undefined
  const names = { carrierId: carrier.id, tenantId: tenant?.id, trunkId: trunk?.id }
  return { ...names, caller: outsideCaller?.user }
}
