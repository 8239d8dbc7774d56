import type { CallId } from './attempt.ts'
import type { Attestation, AttestationReason } from './attestation.ts'
import type { CarrierId } from './carrier.ts'
import type { DivertedFrom } from './diversion.ts'
import type { Key } from './key.ts'
import type { Rate } from './money.ts'
import type { CanonicalNumber, EmergencyNumber } from './number.ts'
import type { OutsideCaller } from './outside-caller.ts'
import type { Policy } from './policy.ts'
import type { Reason } from './refusals.ts'
import type { Tenant, TenantId } from './tenant.ts'
import type { Trunk, TrunkId } from './trunk.ts'
import type { Verification } from './verification.ts'

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

/** A tenant calls whom, by which right. Everything after admission works from this alone. */
export interface Grant {
  readonly direction: 'outbound'
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
  /** Set where the tenant passes on a call that somebody else has signed. */
  readonly diverted?: DivertedFrom | undefined
  /** What the call costs, where that is known. */
  readonly rate?: Rate | undefined
}

/** Who calls a tenant, and where it takes the call. */
export interface InboundGrant {
  readonly direction: 'inbound'
  /** No key has placed it, and it costs the tenant nothing. */
  readonly key?: undefined
  readonly rate?: undefined
  readonly carrierId: CarrierId
  readonly tenant: Tenant
  readonly trunk: Trunk
  readonly policy: Policy
  readonly called: CanonicalNumber
  readonly caller: OutsideCaller
  /** Undefined where nobody has asked: a call that nothing may hold up. */
  readonly verification: Verification | undefined
  /** Whether the tenant is told what was found. */
  readonly isMarked: boolean
  /** The emergency services may be calling back: nothing ends it but its ends. */
  readonly isEmergencyCallback: boolean
}

/** By what right a call is carried, in either direction. */
export type Granted = Grant | InboundGrant

/** Where a call came in that no key has placed, as far as that is known. */
export interface InboundParty {
  readonly carrierId: CarrierId
  readonly tenantId?: TenantId | undefined
  readonly trunkId?: TrunkId | undefined
  /** Who calls, as the carrier says. */
  readonly caller?: string | undefined
}

export interface Admitted<Given extends Granted = Granted> {
  readonly admitted: true
  readonly grant: Given
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
  /** RFC 9410 4: Reason values about the caller's proof. */
  readonly stir?: readonly string[] | undefined
  /** Known once the key has been proven; never set before. */
  readonly key?: Key | undefined
  /** Who was to be called by whom, as far as that was found out. */
  readonly caller?: CanonicalNumber | undefined
  readonly called?: CanonicalNumber | EmergencyNumber | undefined
  /** Set where a carrier brought the call. */
  readonly inbound?: InboundParty | undefined
  readonly trace: Trace
}

export type Decision<Given extends Granted = Granted> = Admitted<Given> | Refused
