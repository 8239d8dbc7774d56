import type { Directory, Limiter } from '../store/port.ts'
import type { StorePatience } from './ask-store.ts'
import type { Check } from './check.ts'
import { calledNumber } from './checks/called-number.ts'
import { callerId } from './checks/caller-id.ts'
import { destinationRegion } from './checks/destination-region.ts'
import { destinationType } from './checks/destination-type.ts'
import { emergency } from './checks/emergency.ts'
import { hops } from './checks/hops.ts'
import { keyActive } from './checks/key-active.ts'
import { keyHolder } from './checks/key-holder.ts'
import { keyProof } from './checks/key-proof.ts'
import { keyRevoked } from './checks/key-revoked.ts'
import { presentedKey } from './checks/presented-key.ts'
import { price, type RateOf } from './checks/price.ts'
import { scope } from './checks/scope.ts'
import { sourceAddress } from './checks/source-address.ts'
import { takeLimits } from './checks/take-limits.ts'
import { tenantActive } from './checks/tenant-active.ts'
import { tokenBounds } from './checks/token-bounds.ts'
import type { CredentialParts } from './credential-parts.ts'

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
  readonly limiter: Limiter
  readonly rateOf: RateOf
  readonly credentials: CredentialParts
}

/** Who is it? Every call answers these, an emergency call too. */
// biome-ignore format: one check a line, what it touches in the right column
export function identityChecks(parts: CheckParts): readonly Check[] {
  const { directory, clock, storeTimeoutMs, credentials } = parts
  const { acceptance, digest } = credentials
  const patience = { clock, storeTimeoutMs }
  return [
    hops(),                         // reads Max-Forwards
    presentedKey(acceptance, digest), // reads the key header and Authorization
    keyProof(directory, patience, credentials), // reads what is kept of the key's secret
    sourceAddress(),                // reads the key's addresses
    keyRevoked(),                   // reads the key's status
    keyHolder(directory, patience), // reads the tenant and the policy
    emergency(),                    // reads the Request-URI
  ]
}

/** May it? An emergency call is not asked: no policy, no limit, no suspension stands in its way. */
// biome-ignore format: one check a line, what it touches in the right column
export function policyChecks(parts: CheckParts): readonly Check[] {
  const { limiter, rateOf, credentials, ...settings } = parts
  return [
    keyActive(),                    // reads the key's status and expiry
    tenantActive(),                 // reads the tenant's status
    scope('calls:make'),            // reads the policy's scopes
    calledNumber(),                 // reads the Request-URI
    destinationRegion(),            // reads the policy's regions
    destinationType(),              // reads the policy's number types
    callerId(),                     // reads From and the tenant's numbers
    price(rateOf),                  // reads the rate deck and the policy's highest price
    tokenBounds(credentials.tokenUses), // reads the call token, takes one of its uses
    takeLimits(limiter, settings), // takes rates, slots, counts and money, all or nothing
  ]
}
