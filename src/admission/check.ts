import type { Place } from '../compliance/place.ts'
import type { AttemptsMax } from '../compliance/rule-book.ts'
import type { CallAttempt } from '../domain/attempt.ts'
import type { CallClass } from '../domain/call-class.ts'
import type { CallToken } from '../domain/call-token.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Leases, TraceStep } from '../domain/decision.ts'
import type { DivertedFrom } from '../domain/diversion.ts'
import type { Key } from '../domain/key.ts'
import type { Rate } from '../domain/money.ts'
import type { CanonicalNumber } from '../domain/number.ts'
import type { OutsideCaller } from '../domain/outside-caller.ts'
import type { Policy } from '../domain/policy.ts'
import type { Reason } from '../domain/refusals.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { Verification } from '../domain/verification.ts'
import type { NonceUse } from '../keys/nonces.ts'
import type { Presented } from '../keys/presented.ts'
import type { NumberResult } from '../numbering/canonical-number.ts'
import type { PermissionQuestion } from '../store/permission-port.ts'
import type { LimitOwner } from '../store/port.ts'
import type { Trial } from './breaker/breaker.ts'

/** A callee's permission that is asked for when the limits are taken. */
export interface AskedPermission {
  readonly question: PermissionQuestion
  /** How many suppression lists there are, and the number is on none. */
  readonly lists: number
  /** Who wants a consent; undefined: nobody. */
  consentWanted?: Figures
}

export type Figures = TraceStep['figures']

/** Who calls, and whether the number is the tenant's own. */
export interface Caller {
  readonly number: CanonicalNumber
  readonly owned: boolean
  /** It stands for a number that the policy does not let out, or for none. */
  readonly replaced: boolean
  /** The callee is not to learn the number. */
  readonly withheld: boolean
  readonly diverted?: DivertedFrom
}

/** A place in the trial of a half-open breaker. */
export interface Probe {
  readonly owner: LimitOwner
  readonly trial: Trial
}

/** An attempt and what the checks have found out about it so far; each check fills in its own. */
export interface Dossier {
  readonly attempt: CallAttempt
  /** Wall time of the decision. */
  readonly nowMs: number
  presented?: Presented
  /** Set once the secret is proven; never before. */
  key?: Key
  /** The call token that proved the key, where one did. */
  token?: CallToken | undefined
  /** The answer to a challenge that proved the key, where it counts once over several gates. */
  answered?: NonceUse | undefined
  tenant?: Tenant
  policy?: Policy
  callClass?: CallClass
  called?: NumberResult
  /** Where the called number may be. */
  place?: Place
  /** How often the law lets the number be tried. */
  attemptsMax?: readonly AttemptsMax[]
  caller?: Caller
  /** What the taking of the limits is to ask besides. */
  asked?: AskedPermission
  /** Trials of half-open breakers that the call is part of. */
  probes?: readonly Probe[]
  /** What calls to the number cost, where that is known. */
  rate?: Rate | undefined
  /** The carrier that has brought a call which no key has placed, and what comes of that. */
  carrier?: Carrier
  outsideCaller?: OutsideCaller
  trunk?: Trunk
  isEmergencyCallback?: boolean
  verification?: Verification
  /** Whether the tenant is told what was found about the caller. */
  isMarked?: boolean
  leases?: Leases
}

/** What a check has found out for earlier ones, whose steps in the trace are written anew. */
interface Settling {
  /** One that has failed is the last step of the trace. */
  readonly settles?: readonly TraceStep[] | undefined
}

export interface Passed extends Settling {
  readonly passed: true
  readonly figures: Figures
}

export interface Stopped extends Settling {
  readonly passed: false
  readonly reason: Reason
  readonly figures: Figures
  /** The true cause where the wire hears a uniform one. */
  readonly detail?: string | undefined
  /** Whose limit it is and which one: heard by the caller after the reason. */
  readonly limit?: string | undefined
  /** Whose limit it is. */
  readonly level?: LimitOwner['level'] | undefined
  readonly freesInMs?: number | undefined
  /** With what the caller may try again. */
  readonly challenges?: readonly string[] | undefined
  /** RFC 9410 4: what those who vouch for the caller are told. */
  readonly stir?: readonly string[] | undefined
}

export type Outcome = Passed | Stopped

/** One question about a call. Throws only when it cannot be answered; then the call is refused. */
export interface Check {
  /** Stable: in the trace, the audit log and metrics. */
  readonly name: string
  run(dossier: Dossier): Outcome | Promise<Outcome>
}

const noFigures: Figures = {}

/** Lets the call on. */
export function pass(figures: Figures = noFigures): Passed {
  return { passed: true, figures }
}

/** Stops the call here; `extra` is what the audit, the wire or the Retry-After needs besides. */
export function stop(
  reason: Reason,
  figures: Figures = noFigures,
  extra?: Pick<Stopped, 'detail' | 'limit' | 'level' | 'freesInMs' | 'challenges' | 'stir'>,
): Stopped {
  return { passed: false, reason, figures, ...extra }
}

/** What an earlier check has found. A check that runs too early makes the call undecidable. */
export function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`${what} is asked for before it is known`)
  return value
}
