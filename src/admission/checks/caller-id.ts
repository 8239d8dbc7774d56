import { callerNumber } from '../../numbering/caller-number.ts'
import { type Check, found, pass, stop } from '../check.ts'
import { ownsNumber } from '../owned-numbers.ts'

/** The caller presents a number, and it is the tenant's own unless the policy takes others. */
export function callerId(): Check {
  return {
    name: 'caller_id',
    run: (dossier) => {
      const policy = found(dossier.policy, 'the policy')
      const caller = callerNumber(dossier.attempt, policy)
      if (!caller.ok) return stop(caller.reason, { header: 'From' })
      const { number } = caller
      const owned = ownsNumber(found(dossier.tenant, 'the tenant'), number.e164)
      const figures = { header: 'From', e164: number.e164, owned }
      dossier.caller = { number, owned }
      if (!owned && policy.foreignCallerId === 'refuse') {
        return stop('caller_id_not_allowed', figures, { detail: 'not_owned' })
      }
      return pass(figures)
    },
  }
}
