import type { VerificationService } from '../../domain/verification.ts'
import type { Directory, Limiter } from '../../store/port.ts'
import type { StorePatience } from '../ask-store.ts'
import type { Check } from '../check.ts'
import { hops } from '../checks/hops.ts'
import { scope } from '../checks/scope.ts'
import { tenantActive } from '../checks/tenant-active.ts'
import type { AdmissionSettings } from '../checks.ts'
import type { Bringer } from './carrier-of.ts'
import { broughtBy } from './checks/brought-by.ts'
import { callerVerification, type VerificationPatience } from './checks/caller-verification.ts'
import { emergencyCallback } from './checks/emergency-callback.ts'
import { inboundLimits } from './checks/inbound-limits.ts'
import { inboundNumber } from './checks/inbound-number.ts'
import { numberOwner } from './checks/number-owner.ts'
import { tenantTrunk } from './checks/tenant-trunk.ts'
import type { EmergencyCallbacks } from './emergency-callbacks.ts'

/** What the checks of calls that come in read from and take from. */
export interface InboundParts extends StorePatience, AdmissionSettings, VerificationPatience {
  readonly directory: Pick<Directory, 'findOwner' | 'findTrunk' | 'findPolicy'>
  readonly limiter: Pick<Limiter, 'take'>
  readonly verifier: VerificationService
  readonly callbacks: Pick<EmergencyCallbacks, 'isExpected'>
}

/** For whom is it? Every call that comes in answers these. */
// biome-ignore format: one check a line, what it touches in the right column
export function recipientChecks(parts: InboundParts, bringer: Bringer): readonly Check[] {
  const { directory, callbacks } = parts
  return [
    hops(),                        // reads Max-Forwards
    broughtBy(bringer),            // reads From and P-Asserted-Identity as the carrier writes them
    inboundNumber(bringer),        // reads the Request-URI
    numberOwner(directory, parts), // reads whose number it is
    tenantTrunk(directory, parts), // reads the tenant's trunks and the trunk's policy
    emergencyCallback(callbacks),  // reads which numbers have called for help
  ]
}

/** May it? Who has called for help is called back without being asked. */
// biome-ignore format: one check a line, what it touches in the right column
export function receptionChecks(parts: InboundParts): readonly Check[] {
  const { limiter, verifier } = parts
  return [
    tenantActive(),                      // reads the tenant's status
    scope('calls:receive'),              // reads the policy's scopes
    callerVerification(verifier, parts), // reads Identity, asks the verification service
    inboundLimits(limiter, parts),       // takes rates, slots and counts, all or nothing
  ]
}
