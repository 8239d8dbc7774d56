import type { Alerts } from '../domain/alert.ts'
import type { VerificationService } from '../domain/verification.ts'
import type { Directory } from '../store/port.ts'
import type { StorePatience } from './ask-store.ts'
import type { Taker } from './asked-permission.ts'
import type { Breakers } from './breaker/breakers.ts'
import type { Check } from './check.ts'
import { callClass } from './checks/call-class.ts'
import { calledNumber } from './checks/called-number.ts'
import { calleeAttempts } from './checks/callee-attempts.ts'
import { callerId } from './checks/caller-id.ts'
import { callingHours } from './checks/calling-hours.ts'
import { consent } from './checks/consent.ts'
import { destinationPrefix } from './checks/destination-prefix.ts'
import { destinationRegion } from './checks/destination-region.ts'
import { destinationType } from './checks/destination-type.ts'
import { doNotCall } from './checks/do-not-call.ts'
import { emergency } from './checks/emergency.ts'
import { hops } from './checks/hops.ts'
import { keyActive } from './checks/key-active.ts'
import { keyHolder } from './checks/key-holder.ts'
import { keyProof } from './checks/key-proof.ts'
import { keyRevoked } from './checks/key-revoked.ts'
import { officeHours } from './checks/office-hours.ts'
import { presentedKey } from './checks/presented-key.ts'
import { price, type RateOf } from './checks/price.ts'
import { recording } from './checks/recording.ts'
import { scope } from './checks/scope.ts'
import { sourceAddress } from './checks/source-address.ts'
import { spikeBreaker } from './checks/spike-breaker.ts'
import { takeLimits } from './checks/take-limits.ts'
import { tenantActive } from './checks/tenant-active.ts'
import { tokenBounds } from './checks/token-bounds.ts'
import type { CredentialParts } from './credential-parts.ts'
import type { Rules } from './rules.ts'

export interface AdmissionSettings {
  /** The store may take this long for one answer; then the call is refused. */
  readonly storeTimeoutMs: number
  /** A call's leases are void unless renewed for this long. */
  readonly leaseMs: number
  /** For how long a call's money is reserved at a time, seconds. */
  readonly budgetSliceS: number
}

/** What the checks read from and take from. */
export interface CheckParts extends StorePatience, AdmissionSettings {
  readonly directory: Directory
  readonly limiter: Taker
  readonly rateOf: RateOf
  readonly rules: Rules
  readonly credentials: CredentialParts
  /** Undefined: no breaker is kept. */
  readonly breakers?: Pick<Breakers, 'attempt'> | undefined
  readonly alerts?: Alerts | undefined
  /** Undefined: no diverted call is known as one. */
  readonly verifier?: VerificationService | undefined
}

/** Who is it? Every call answers these, an emergency call too. */
// biome-ignore format: one check a line, what it touches in the right column
export function identityChecks(parts: CheckParts, proof = proofChecks(parts)): readonly Check[] {
  const { directory, clock, storeTimeoutMs } = parts
  const patience = { clock, storeTimeoutMs }
  return [
    hops(),                         // reads Max-Forwards
    ...proof,
    sourceAddress(),                // reads the key's addresses
    keyRevoked(),                   // reads the key's status
    keyHolder(directory, patience), // reads the tenant and the policy
    emergency(),                    // reads the Request-URI
  ]
}

/** By what does it prove that? */
// biome-ignore format: one check a line, what it touches in the right column
function proofChecks({ directory, clock, storeTimeoutMs, credentials }: CheckParts): readonly Check[] {
  const { acceptance, digest } = credentials
  const patience = { clock, storeTimeoutMs }
  return [
    presentedKey(acceptance, digest), // reads the key header and Authorization
    keyProof(directory, patience, credentials), // reads what is kept of the key's secret
  ]
}

/** May it? An emergency call is not asked: no policy, no limit, no suspension stands in its way. */
// biome-ignore format: one check a line, what it touches in the right column
export function policyChecks(parts: CheckParts): readonly Check[] {
  const { limiter, rateOf, rules, credentials, breakers, alerts, verifier, ...settings } = parts
  const { law, lists } = rules
  return [
    keyActive(),                    // reads the key's status and expiry
    tenantActive(),                 // reads the tenant's status
    scope('calls:make'),            // reads the policy's scopes
    callClass(),                    // reads X-Call-Class and the policy's classes
    ...(alerts ? [officeHours(alerts)] : []), // reads the tenant's office hours, refuses nothing
    ...(breakers ? [spikeBreaker(breakers)] : []), // counts at the breakers of key and tenant
    calledNumber(),                 // reads the Request-URI
    destinationRegion(),            // reads the policy's regions
    destinationType(),              // reads the policy's number types
    destinationPrefix(lists),       // reads the policy's prefixes and lists
    callerId(verifier),             // reads From, the tenant's numbers, what a diverted call came signed with
    recording(rules),               // reads the law of both ends
    callingHours(rules),            // reads the callee's time zones, the law's hours
    calleeAttempts(law),            // reads the law's counts
    price(rateOf),                  // reads the rate deck and the policy's highest price
    doNotCall(rules, limiter, settings), // reads suppression lists and opt-outs
    consent(rules, settings),       // reads the law and the callee's consents
    tokenBounds(),                  // reads the call token
    takeLimits(limiter, settings, credentials.digest), // takes uses, rates, slots, counts and money, all or nothing
  ]
}
