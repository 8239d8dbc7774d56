import type { CallAttempt } from '../../domain/attempt.ts'
import type { Admitted, Decision, InboundGrant, TraceStep } from '../../domain/decision.ts'
import type { CertificateKeys } from '../../keys/certificate-keys.ts'
import { isEmergency } from '../../numbering/canonical-number.ts'
import type { Directory } from '../../store/port.ts'
import { askStore } from '../ask-store.ts'
import { type Dossier, found } from '../check.ts'
import { noLeases } from '../no-leases.ts'
import { firstStop } from '../pipeline.ts'
import { inShadow } from '../shadow.ts'
import { refused, undecidable } from '../verdict.ts'
import { carrierOf, presentsKey } from './carrier-of.ts'
import { type InboundParts, receptionChecks, recipientChecks } from './checks.ts'

export interface InboundAdmissionParts extends InboundParts {
  readonly directory: Directory
  /** Undefined: client certificates are no keys. */
  readonly certificates?: Pick<CertificateKeys, 'keyOf'> | undefined
}

/**
 * Decides one attempt of a carrier to reach a tenant; undefined where it is none: a key came with it,
 * or it comes from nowhere that is known. Never rejects: what cannot be decided is refused.
 */
export type AdmitInbound = (attempt: CallAttempt) => Promise<Decision<InboundGrant> | undefined>

/** Admission of calls that come in as a function of an attempt: its checks in order, a trace of each. */
export function createInboundAdmission(parts: InboundAdmissionParts): AdmitInbound {
  const reception = inShadow(receptionChecks(parts))

  const decide = async (dossier: Dossier): Promise<Decision<InboundGrant> | undefined> => {
    const trace: TraceStep[] = []
    try {
      const carriers = await askStore(parts, () => parts.directory.carriers())
      const bringer = carrierOf(dossier.attempt, carriers)
      if (!bringer) return undefined
      const unknown = await firstStop(recipientChecks(parts, bringer), dossier, trace)
      if (unknown) return refused(unknown, dossier, trace)
      if (dossier.isEmergencyCallback) {
        dossier.leases = noLeases(dossier.attempt.id)
        return admittedInbound(dossier, trace)
      }
      const denied = await firstStop(reception, dossier, trace)
      return denied ? refused(denied, dossier, trace) : admittedInbound(dossier, trace)
    } catch (error) {
      return undecidable(error, dossier, trace)
    }
  }

  return async (attempt) => {
    if (presentsKey(attempt, parts.certificates)) return undefined
    return await decide({ attempt, nowMs: parts.clock.now() })
  }
}

/** Every check has let the call in. */
export function admittedInbound(dossier: Dossier, trace: TraceStep[]): Admitted<InboundGrant> {
  const called = found(dossier.called, 'the called number')
  if (!called.ok || isEmergency(called.number)) throw new Error('no tenant has the called number')
  const grant: InboundGrant = {
    direction: 'inbound',
    carrierId: found(dossier.carrier, 'the carrier').id,
    tenant: found(dossier.tenant, 'the tenant'),
    trunk: found(dossier.trunk, 'the trunk'),
    policy: found(dossier.policy, 'the policy'),
    called: called.number,
    caller: found(dossier.outsideCaller, 'the caller'),
    verification: dossier.verification,
    isMarked: dossier.isMarked ?? false,
    isEmergencyCallback: dossier.isEmergencyCallback ?? false,
  }
  return { admitted: true, grant, leases: found(dossier.leases, 'the leases'), trace }
}
