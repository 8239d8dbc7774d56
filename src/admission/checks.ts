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
}

/** Who is it? Every call answers these, an emergency call too. */
// biome-ignore format: one check a line, what it touches in the right column
export function identityChecks({ directory, clock, storeTimeoutMs }: CheckParts): readonly Check[] {
  const patience = { clock, storeTimeoutMs }
  return [
    hops(),                         // reads Max-Forwards
    presentedKey(),                 // reads the key header
    keyProof(directory, patience),  // reads the key's hash
    sourceAddress(),                // reads the key's addresses
    keyRevoked(),                   // reads the key's status
    keyHolder(directory, patience), // reads the tenant and the policy
    emergency(),                    // reads the Request-URI
  ]
}

/** May it? An emergency call is not asked: no policy, no limit, no suspension stands in its way. */
// biome-ignore format: one check a line, what it touches in the right column
export function policyChecks({ limiter, rateOf, clock, ...settings }: CheckParts): readonly Check[] {
  return [
    keyActive(),                    // reads the key's status and expiry
    tenantActive(),                 // reads the tenant's status
    scope('calls:make'),            // reads the policy's scopes
    calledNumber(),                 // reads the Request-URI
    destinationRegion(),            // reads the policy's regions
    destinationType(),              // reads the policy's number types
    callerId(),                     // reads From and the tenant's numbers
    price(rateOf),                  // reads the rate deck and the policy's highest price
    takeLimits(limiter, { clock, ...settings }), // takes rates, slots, counts and money, all or nothing
  ]
}
