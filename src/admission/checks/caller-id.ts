import { readPrivacy } from '../../domain/privacy.ts'
import { type Check, found, pass, stop } from '../check.ts'
import { chooseCaller } from '../chosen-caller.ts'

/**
 * The caller presents a number, and it is the tenant's own unless the policy takes others or puts
 * one in its place. RFC 3323 5: who insists on a privacy that is not given here is not called for.
 */
export function callerId(): Check {
  return {
    name: 'caller_id',
    run: (dossier) => {
      const { attempt } = dossier
      const { critical, unmet } = readPrivacy(attempt.privacy)
      if (critical && unmet.length > 0) {
        return stop('privacy_unavailable', { privacy: unmet.slice(0, 4).join(';') })
      }
      const policy = found(dossier.policy, 'the policy')
      const chosen = chooseCaller(attempt, found(dossier.tenant, 'the tenant'), policy)
      const caller = chosen.caller ?? chosen.denied
      // Also where it is denied: a policy in shadow lets the call pass all the same.
      if (caller) dossier.caller = caller
      if (chosen.caller) return pass(chosen.figures)
      return stop(chosen.reason, chosen.figures, { detail: chosen.detail })
    },
  }
}
