import type { CallAttempt } from '../domain/attempt.ts'
import type { Decision, Grant, Granted, TraceStep } from '../domain/decision.ts'
import type { KeyId } from '../domain/key.ts'
import type { Reason } from '../domain/refusals.ts'
import type { Directory, Limiter, Standing, TakeRequest } from '../store/port.ts'
import { askStore, type StorePatience } from './ask-store.ts'
import type { Breakers } from './breaker/breakers.ts'
import { type Check, type Dossier, pass, type Stopped, stop } from './check.ts'
import { type CheckParts, identityChecks, policyChecks } from './checks.ts'
import { figuresOf, limitOf } from './claim-words.ts'
import { headerKeysOnly } from './credential-parts.ts'
import { noLeases } from './no-leases.ts'
import type { AdmissionParts } from './pipeline.ts'
import { noRules } from './rules.ts'
import { inShadow } from './shadow.ts'
import { admitted, decidedEmergency, isEmergencyCall, refused, undecidable } from './verdict.ts'

/** What a limiter is asked where nothing is taken. */
export type LimitsView = Pick<Limiter, 'peek' | 'running' | 'spentMicros'>

/** As admission's, with views of whatever changes there by a call. */
export interface ExplainParts
  extends Omit<AdmissionParts, 'limiter' | 'breakers' | 'noteUse' | 'alerts' | 'credentials'> {
  readonly limiter: LimitsView
  readonly breakers?: Pick<Breakers, 'peek'> | undefined
}

/** A call as it would be, of a key that is taken as proven. */
export interface Question {
  readonly keyId: KeyId
  readonly attempt: CallAttempt
  /** Whether the attempt's source is meant; else its address is not asked about. */
  readonly hasSource: boolean
}

/** One check and what it says of the call. */
export interface ExplainedCheck extends TraceStep {
  /** `needed_earlier`: what an earlier check refused is needed to answer it. */
  readonly outcome: 'passed' | 'shadow' | 'refused' | 'undecided' | 'needed_earlier'
  /** It comes after the check that decides: an admission would not run it any more. */
  readonly afterDecision: boolean
  readonly reason?: Reason | undefined
  readonly detail?: string | undefined
  readonly freesInMs?: number | undefined
}

/** One limit of key or tenant, and how it stands. */
export interface ExplainedLimit {
  readonly level: string
  readonly limit: string
  readonly fits: boolean
  readonly freesInMs?: number | undefined
  readonly figures: TraceStep['figures']
}

export interface Explained {
  readonly decision: Decision<Grant>
  readonly dossier: Readonly<Dossier>
  readonly checks: readonly ExplainedCheck[]
  /** Of every limit; empty where the limits are not come to. */
  readonly limits: readonly ExplainedLimit[]
}

/**
 * Explains a call: the checks of admission in their order, all of them, over views that take, count and
 * tell nothing. Never rejects.
 */
export function createExplain(parts: ExplainParts): (question: Question) => Promise<Explained> {
  return async ({ keyId, attempt, hasSource }) => {
    const dossier: Dossier = { attempt, nowMs: parts.clock.now() }
    const view = new UntakenLimits(parts.limiter)
    const checkParts = viewOf(parts, view)
    const known = [knownKey(keyId, parts.directory, checkParts)]
    const identity = identityChecks(checkParts, known).filter(
      ({ name }) => hasSource || name !== 'source_address',
    )
    const run = new ExplainedRun<Grant>(dossier)
    await run.all(identity)
    if (!run.decision && isEmergencyCall(dossier)) {
      run.decision = decidedEmergency(dossier, run.trace)
    } else await run.all(inShadow(policyChecks(checkParts)))
    const decision = run.decision ?? admitted(dossier, run.trace)
    return { decision, dossier, checks: run.checks, limits: await view.explained() }
  }
}

/** Asks every check, also behind the one that decides. */
export class ExplainedRun<Given extends Granted> {
  readonly checks: ExplainedCheck[] = []
  /** The steps up to the decision, as admission would have them. */
  readonly trace: TraceStep[] = []
  decision: Decision<Given> | undefined
  readonly #dossier: Dossier

  constructor(dossier: Dossier) {
    this.#dossier = dossier
  }

  async all(checks: readonly Check[]): Promise<void> {
    for (const check of checks) await this.#ask(check)
  }

  async #ask({ name, run }: Check): Promise<void> {
    const afterDecision = this.decision !== undefined
    const step = { check: name, afterDecision }
    try {
      const outcome = await run(this.#dossier)
      const { passed, figures } = outcome
      if (!afterDecision) this.trace.push({ check: name, passed, figures })
      if (!outcome.passed) return this.#stopped(outcome, step)
      const word = 'shadow' in figures ? 'shadow' : 'passed'
      this.checks.push({ ...step, passed, figures, outcome: word })
    } catch (error) {
      const word = afterDecision ? 'needed_earlier' : 'undecided'
      this.checks.push({ ...step, passed: false, figures: {}, outcome: word })
      this.decision ??= undecidable(error, this.#dossier, this.trace)
    }
  }

  #stopped(outcome: Stopped, step: Pick<ExplainedCheck, 'check' | 'afterDecision'>): void {
    const { figures, reason, detail, freesInMs } = outcome
    this.checks.push({
      ...step,
      figures,
      reason,
      detail,
      freesInMs,
      passed: false,
      outcome: 'refused',
    })
    this.decision ??= refused(outcome, this.#dossier, this.trace)
  }
}

/** Stands where a key proves itself: of whom it is asked, the key is taken as proven. */
function knownKey(keyId: KeyId, directory: Directory, patience: StorePatience): Check {
  return {
    name: 'key_known',
    run: async (dossier) => {
      const key = await askStore(patience, () => directory.findKey(keyId))
      if (!key) return stop('credentials_invalid', { keyId }, { detail: 'key_unknown' })
      dossier.key = key
      return pass({ keyId, mode: key.mode, assumedProven: true })
    },
  }
}

/** What the checks are given instead of what they would change. */
function viewOf(parts: ExplainParts, view: UntakenLimits): CheckParts {
  const { settings, rules, breakers, ...common } = parts
  return {
    ...common,
    ...settings,
    rules: rules ?? noRules(),
    credentials: headerKeysOnly,
    limiter: view,
    breakers: breakers && {
      attempt: (owner, _e164, terms) => breakers.peek(owner, terms),
    },
    alerts: { raise: () => undefined },
  }
}

/** What was asked of a limiter, and how everything stands. */
export interface LookedAt {
  readonly request: TakeRequest
  readonly standings: readonly Standing[]
}

/** A limiter of which nothing is taken: it remembers what it was asked. */
export class UntakenLimits implements Pick<Limiter, 'take'> {
  readonly #limiter: LimitsView
  #asked: LookedAt | undefined

  constructor(limiter: LimitsView) {
    this.#limiter = limiter
  }

  async take(request: TakeRequest): ReturnType<Limiter['take']> {
    const standings = await this.#limiter.peek(request)
    // The first request has all limits; in shadow those that are not the policy's are asked again.
    this.#asked ??= { request, standings }
    const unmet = standings.find(({ freesInMs }) => freesInMs !== 0)
    return unmet ? { taken: false, ...unmet } : { taken: true, leases: noLeases(request.callId) }
  }

  async explained(): Promise<ExplainedLimit[]> {
    if (!this.#asked) return []
    return await explainedLimits(this.#limiter, this.#asked)
  }
}

/** Limits that were looked at, each with what is used of it where that can be told. */
export function explainedLimits(limiter: LimitsView, looked: LookedAt): Promise<ExplainedLimit[]> {
  return Promise.all(
    looked.standings.map(async ({ claim, freesInMs }) => ({
      level: claim.owner.level,
      limit: limitOf(claim),
      fits: freesInMs === 0,
      ...(freesInMs !== 0 && { freesInMs }),
      figures: {
        kind: claim.kind,
        ...figuresOf(claim),
        ...(await usedOf(limiter, looked.request, claim)),
      },
    })),
  )
}

/** Without it where the store goes away meanwhile: what was decided stands. */
async function usedOf(
  limiter: LimitsView,
  { home }: TakeRequest,
  claim: Standing['claim'],
): Promise<TraceStep['figures']> {
  try {
    if (claim.kind === 'concurrency') return { running: await limiter.running(home, claim.owner) }
    if (claim.kind !== 'budget') return {}
    return { spentMicros: await limiter.spentMicros(home, claim) }
  } catch {
    return {}
  }
}
