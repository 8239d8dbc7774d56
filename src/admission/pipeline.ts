import type { Alerts } from '../domain/alert.ts'
import type { CallAttempt } from '../domain/attempt.ts'
import { attestationFor } from '../domain/attestation.ts'
import type { Admitted, Decision, Grant, Refused, TraceStep } from '../domain/decision.ts'
import type { KeyId } from '../domain/key.ts'
import { type Reason, refusals } from '../domain/refusals.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import { isEmergency } from '../numbering/canonical-number.ts'
import type { Directory, Limiter } from '../store/port.ts'
import type { Breakers } from './breaker/breakers.ts'
import { breakersOf } from './breaker/owners.ts'
import {
  type Caller,
  type Check,
  type Dossier,
  found,
  type Outcome,
  type Stopped,
} from './check.ts'
import type { RateOf } from './checks/price.ts'
import { type AdmissionSettings, identityChecks, policyChecks } from './checks.ts'
import { type CredentialParts, headerKeysOnly } from './credential-parts.ts'
import { emergencyCaller } from './emergency-call.ts'
import { noLeases } from './no-leases.ts'
import { noRules, type Rules } from './rules.ts'
import { inShadow } from './shadow.ts'

export interface AdmissionParts {
  readonly directory: Directory
  readonly limiter: Limiter
  readonly rateOf: RateOf
  /** None where left out. */
  readonly rules?: Rules
  readonly clock: Clock
  readonly settings: AdmissionSettings
  /** Keys in the header alone, where left out. */
  readonly credentials?: CredentialParts
  /** Undefined: no breaker is kept. */
  readonly breakers?: Breakers | undefined
  /** Undefined: nobody is told of use out of office. */
  readonly alerts?: Alerts | undefined
  /** Hears of every key that proved itself. */
  readonly noteUse?: (id: KeyId, atMs: number) => void
}

/** Decides one attempt. Never rejects: what cannot be decided is refused. */
export type Admit = (attempt: CallAttempt) => Promise<Decision>

const detailLengthMax = 200

/** Admission as a function of an attempt: the checks in their order, and a trace of each. */
export function createAdmission({ settings, ...parts }: AdmissionParts): Admit {
  const checkParts = { credentials: headerKeysOnly, rules: noRules(), ...parts, ...settings }
  const identity = identityChecks(checkParts)
  const policy = inShadow(policyChecks(checkParts))

  return async (attempt) => {
    const dossier: Dossier = { attempt, nowMs: parts.clock.now() }
    const trace: TraceStep[] = []
    try {
      const unknown = await firstStop(identity, dossier, trace)
      if (unknown) return refused(unknown, dossier, trace)
      if (dossier.key) parts.noteUse?.(dossier.key.id, dossier.nowMs)
      if (isEmergencyCall(dossier)) return admittedEmergency(dossier, trace)
      const denied = await firstStop(policy, dossier, trace)
      if (denied) {
        if (refusals[denied.reason].countsTowardBreaker) blame(parts.breakers, dossier)
        return refused(denied, dossier, trace)
      }
      return admitted(dossier, trace)
    } catch (error) {
      return undecidable(error, dossier, trace)
    }
  }
}

/** Runs the checks in order until one stops the call, and writes down what each has seen. */
async function firstStop(
  checks: readonly Check[],
  dossier: Dossier,
  trace: TraceStep[],
): Promise<Stopped | undefined> {
  for (const { name, run } of checks) {
    let outcome: Outcome | undefined
    try {
      outcome = await run(dossier)
    } finally {
      if (!outcome) trace.push({ check: name, passed: false, figures: { decided: false } })
    }
    trace.push({ check: name, passed: outcome.passed, figures: outcome.figures })
    if (!outcome.passed) return outcome
  }
  return undefined
}

/** What a key is refused for may speak against it. */
function blame(breakers: Breakers | undefined, { key, tenant, policy }: Dossier): void {
  if (!breakers || !key || !tenant || !policy) return
  for (const [owner, terms] of breakersOf({ key, tenant, policy })) breakers.refused(owner, terms)
}

function isEmergencyCall({ called }: Dossier): boolean {
  return called?.ok === true && isEmergency(called.number)
}

function admitted(dossier: Dossier, trace: TraceStep[]): Admitted {
  const grant = grantOf(dossier, found(dossier.caller, 'the caller'))
  return { admitted: true, grant, leases: found(dossier.leases, 'the leases'), trace }
}

function admittedEmergency(dossier: Dossier, trace: TraceStep[]): Admitted {
  const caller = emergencyCaller(dossier)
  const figures = { e164: caller.number.e164, owned: caller.owned }
  trace.push({ check: 'emergency_caller', passed: true, figures })
  const leases = noLeases(dossier.attempt.id)
  return { admitted: true, grant: grantOf(dossier, caller), leases, trace }
}

/** RFC 8588 4: A is for a customer known to us with a right to the number; B lacks the right. */
function grantOf(dossier: Dossier, caller: Caller): Grant {
  const called = found(dossier.called, 'the called number')
  if (!called.ok) throw new Error('a call without a number is granted')
  return {
    tenant: found(dossier.tenant, 'the tenant'),
    key: found(dossier.key, 'the key'),
    policy: found(dossier.policy, 'the policy'),
    called: called.number,
    caller: caller.number,
    callerOwned: caller.owned,
    attestation: attestationFor(caller.owned),
    rate: dossier.rate,
  }
}

function refused(stopped: Stopped, dossier: Dossier, trace: TraceStep[]): Refused {
  const { reason, detail, limit, freesInMs, challenges } = stopped
  const retryAfterS = refusals[reason].retryAfter === 'given' ? retryAfterOf(freesInMs) : undefined
  const { key } = dossier
  return { admitted: false, reason, detail, limit, retryAfterS, challenges, key, trace }
}

/** RFC 3261 20.33: whole seconds; rounded up, so that who waits as told is not refused again. */
function retryAfterOf(freesInMs: number | undefined): number {
  return Math.max(1, Math.ceil((freesInMs ?? 0) / 1000))
}

/** Fails closed: a store that does not answer, or a fault of ours, admits nobody. */
function undecidable(error: unknown, dossier: Dossier, trace: TraceStep[]): Refused {
  const ofStore = error instanceof Failure && error.code === 'store_unavailable'
  const reason: Reason = ofStore ? 'store_unavailable' : 'internal_error'
  const detail = String(error instanceof Error ? error.message : error).slice(0, detailLengthMax)
  return { admitted: false, reason, detail, key: dossier.key, trace }
}
