import type { CallAttempt } from '../domain/attempt.ts'
import type { Refused, TraceStep } from '../domain/decision.ts'
import type { Key } from '../domain/key.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Directory, Limiter } from '../store/port.ts'
import { type Dossier, found } from './check.ts'
import { hops } from './checks/hops.ts'
import { keyActive } from './checks/key-active.ts'
import { keyHolder } from './checks/key-holder.ts'
import { keyProof } from './checks/key-proof.ts'
import { keyRevoked } from './checks/key-revoked.ts'
import { presentedKey } from './checks/presented-key.ts'
import { registeringTrunk } from './checks/registering-trunk.ts'
import { scope } from './checks/scope.ts'
import { sourceAddress } from './checks/source-address.ts'
import { takeNonce } from './checks/take-nonce.ts'
import { tenantActive } from './checks/tenant-active.ts'
import type { AdmissionSettings } from './checks.ts'
import type { CredentialParts } from './credential-parts.ts'
import { firstStop } from './pipeline.ts'
import { refused, undecidable } from './verdict.ts'

export interface RegistrationParts {
  readonly directory: Directory
  readonly limiter: Pick<Limiter, 'take'>
  readonly credentials: CredentialParts
  readonly clock: Clock
  readonly settings: AdmissionSettings
}

/** A PBX that may register, and for which trunk. */
export interface MayRegister {
  readonly admitted: true
  readonly key: Key
  readonly tenant: Tenant
  readonly trunk: Trunk
}

/** Decides one REGISTER. Never rejects: what cannot be decided is refused. */
export type AdmitRegistration = (attempt: CallAttempt) => Promise<MayRegister | Refused>

/**
 * Who registers answers a challenge with a key that receives calls, for a trunk of the key's tenant that
 * takes registrations. Keys in the header are not taken: whoever sees one could move the calls.
 */
export function createRegistration(parts: RegistrationParts): AdmitRegistration {
  const { directory, limiter, clock, settings } = parts
  const credentials = digestAlone(parts.credentials)
  const patience = { clock, storeTimeoutMs: settings.storeTimeoutMs }
  const register = { method: 'REGISTER' } as const
  // biome-ignore format: one check a line, what it touches in the right column
  const checks = [
    hops(),                                        // reads Max-Forwards
    presentedKey(credentials.acceptance, credentials.digest), // reads Authorization
    keyProof(directory, patience, { ...credentials, ...register }), // reads the key's password
    sourceAddress(),                               // reads the key's addresses
    keyRevoked(),                                  // reads the key's status
    keyHolder(directory, patience),                // reads the tenant and the policy
    keyActive(),                                   // reads the key's status and expiry
    tenantActive(),                                // reads the tenant's status
    scope('calls:receive'),                        // reads the policy's scopes
    registeringTrunk(directory, patience),         // reads To and the trunk
    takeNonce(limiter, { ...patience, leaseMs: settings.leaseMs }, credentials.digest), // takes the answer's one use
  ]
  return async (attempt) => {
    const dossier: Dossier = { attempt, nowMs: clock.now() }
    const trace: TraceStep[] = []
    try {
      const stopped = await firstStop(checks, dossier, trace)
      if (stopped) return refused(stopped, dossier, trace)
      return {
        admitted: true,
        key: found(dossier.key, 'the key'),
        tenant: found(dossier.tenant, 'the tenant'),
        trunk: found(dossier.trunk, 'the trunk'),
      }
    } catch (error) {
      return undecidable(error, dossier, trace)
    }
  }
}

function digestAlone({ acceptance, digest }: CredentialParts): CredentialParts {
  const kinds = acceptance.kinds.filter((kind) => kind === 'digest')
  return { acceptance: { ...acceptance, kinds }, digest }
}
