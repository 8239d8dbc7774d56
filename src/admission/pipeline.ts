import type { Alerts } from '../domain/alert.ts'
import type { CallAttempt } from '../domain/attempt.ts'
import type { Decision, Grant, TraceStep } from '../domain/decision.ts'
import type { KeyId } from '../domain/key.ts'
import { refusals } from '../domain/refusals.ts'
import type { VerificationService } from '../domain/verification.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Directory, Limiter } from '../store/port.ts'
import type { Breakers } from './breaker/breakers.ts'
import { breakersOf } from './breaker/owners.ts'
import type { Check, Dossier, Outcome, Stopped } from './check.ts'
import type { RateOf } from './checks/price.ts'
import { type AdmissionSettings, identityChecks, policyChecks } from './checks.ts'
import { type CredentialParts, headerKeysOnly } from './credential-parts.ts'
import { noRules, type Rules } from './rules.ts'
import { inShadow } from './shadow.ts'
import { admitted, decidedEmergency, isEmergencyCall, refused, undecidable } from './verdict.ts'

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
  /** Undefined: no diverted call is known as one. */
  readonly verifier?: VerificationService | undefined
  /** Hears of every key that proved itself. */
  readonly noteUse?: (id: KeyId, atMs: number) => void
}

/** Decides one attempt to call out. Never rejects: what cannot be decided is refused. */
export type Admit = (attempt: CallAttempt) => Promise<Decision<Grant>>

/** Admission as a function of an attempt: the checks in their order, and a trace of each. */
export function createAdmission({ settings, ...parts }: AdmissionParts): Admit {
  const checkParts = { credentials: headerKeysOnly, rules: noRules(), ...parts, ...settings }
  const identity = identityChecks(checkParts)
  const policy = inShadow(policyChecks(checkParts))

  const decide = async (dossier: Dossier): Promise<Decision<Grant>> => {
    const trace: TraceStep[] = []
    try {
      const unknown = await firstStop(identity, dossier, trace)
      if (unknown) return refused(unknown, dossier, trace)
      if (dossier.key) parts.noteUse?.(dossier.key.id, dossier.nowMs)
      if (isEmergencyCall(dossier)) return decidedEmergency(dossier, trace)
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

  return async (attempt) => {
    return await decide({ attempt, nowMs: parts.clock.now() })
  }
}

/** Runs the checks in order until one stops the call, and writes down what each has seen. */
export async function firstStop(
  checks: readonly Check[],
  dossier: Dossier,
  trace: TraceStep[],
): Promise<Stopped | undefined> {
  for (const { name, run } of checks) {
    let outcome: Outcome | undefined
    try {
      const ran = run(dossier)
      // Most checks know at once: each turn that is waited for costs more than the check.
      outcome = ran instanceof Promise ? await ran : ran
    } finally {
      if (!outcome) trace.push({ check: name, passed: false, figures: { decided: false } })
    }
    if (!outcome.settles || settled(trace, outcome.settles)) {
      trace.push({ check: name, passed: outcome.passed, figures: outcome.figures })
    }
    if (!outcome.passed) return outcome
  }
  return undefined
}

/** Writes steps of earlier checks anew; false where one of them has failed, which ends the trace. */
function settled(trace: TraceStep[], steps: readonly TraceStep[]): boolean {
  for (const step of steps) {
    const at = trace.findIndex(({ check }) => check === step.check)
    trace.splice(at, step.passed ? 1 : trace.length, step)
  }
  return steps.every(({ passed }) => passed)
}

/** What a key is refused for may speak against it. */
function blame(breakers: Breakers | undefined, { key, tenant, policy }: Dossier): void {
  if (!breakers || !key || !tenant || !policy) return
  for (const [owner, terms] of breakersOf({ key, tenant, policy })) breakers.refused(owner, terms)
}
