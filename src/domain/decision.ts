import type { CallId } from './attempt.ts'
import type { Attestation, AttestationReason } from './attestation.ts'
import type { Key } from './key.ts'
import type { Rate } from './money.ts'
import type { CanonicalNumber, EmergencyNumber } from './number.ts'
import type { Policy } from './policy.ts'
import type { Reason } from './refusals.ts'
import type { Tenant } from './tenant.ts'

/** One check as it ran: its name, whether it let the call pass, and the figures it looked at. */
export interface TraceStep {
  readonly check: string
  readonly passed: boolean
  readonly figures: Readonly<Record<string, string | number | boolean>>
}

export type Trace = readonly TraceStep[]

/** What an admitted call holds. Expires by itself unless renewed; giving it back twice is harmless. */
export interface Leases extends AsyncDisposable {
  readonly callId: CallId
}

/** Who calls whom, by which right. Everything after admission works from this alone. */
export interface Grant {
  readonly tenant: Tenant
  readonly key: Key
  readonly policy: Policy
  readonly called: CanonicalNumber | EmergencyNumber
  /** E.164 with `+`. */
  readonly caller: CanonicalNumber
  readonly callerOwned: boolean
  /** The callee is not to learn the caller's number. */
  readonly callerWithheld: boolean
  readonly attestation: Attestation
  readonly attestationReason: AttestationReason
  /** What the call costs, where that is known. */
  readonly rate?: Rate | undefined
}

export interface Admitted {
  readonly admitted: true
  readonly grant: Grant
  readonly leases: Leases
  readonly trace: Trace
}

export interface Refused {
  readonly admitted: false
  readonly reason: Reason
  /** The true cause where the wire hears a uniform one: for the audit event alone. */
  readonly detail?: string | undefined
  /** Whose limit and which one, after the reason: `key, minute`. */
  readonly limit?: string | undefined
  /** When trying again may help: seconds, where the catalogue allows Retry-After. */
  readonly retryAfterS?: number | undefined
  /** WWW-Authenticate values: the answer is 401 then. */
  readonly challenges?: readonly string[] | undefined
  /** Known once the key has been proven; never set before. */
  readonly key?: Key | undefined
  /** Who was to be called by whom, as far as that was found out. */
  readonly caller?: CanonicalNumber | undefined
  readonly called?: CanonicalNumber | EmergencyNumber | undefined
  readonly trace: Trace
}

export type Decision = Admitted | Refused
