import { readPrivacy } from '../../domain/privacy.ts'
import type { VerificationService } from '../../domain/verification.ts'
import { isEmergency } from '../../numbering/canonical-number.ts'
import { type Check, found, pass, stop } from '../check.ts'
import { chooseCaller } from '../chosen-caller.ts'
import { divertedCaller } from '../diverted-caller.ts'

/**
 * The caller presents a number, and it is the tenant's own unless the policy takes others or puts
 * one in its place. RFC 3323 5: who insists on a privacy that is not given here is not called for.
 */
export function callerId(verifier: VerificationService | undefined): Check {
  return {
    name: 'caller_id',
    run: async (dossier) => {
      const { attempt } = dossier
      const { critical, unmet } = readPrivacy(attempt.privacy)
      if (critical && unmet.length > 0) {
        return stop('privacy_unavailable', { privacy: unmet.slice(0, 4).join(';') })
      }
      const policy = found(dossier.policy, 'the policy')
      const tenant = found(dossier.tenant, 'the tenant')
      const { called } = dossier
      if (verifier && called?.ok && !isEmergency(called.number)) {
        const question = { attempt, called: called.number, tenant, policy }
        const diverted = await divertedCaller(question, verifier)
        if (diverted) dossier.caller = diverted.caller
        if (diverted) return pass(diverted.figures)
      }
      const chosen = chooseCaller(attempt, tenant, policy)
      const caller = chosen.caller ?? chosen.denied
      // Also where it is denied: a policy in shadow lets the call pass all the same.
      if (caller) dossier.caller = caller
      if (chosen.caller) return pass(chosen.figures)
      return stop(chosen.reason, chosen.figures, { detail: chosen.detail })
    },
  }
}
