import { isCallClass } from '../../domain/call-class.ts'
import { type Check, found, pass, stop } from '../check.ts'
import { conductOf } from '../rules.ts'

/** The call is for something that its policy lets it be for: what it says, or the policy's first. */
export function callClass(): Check {
  return {
    name: 'call_class',
    run: (dossier) => {
      const { callClasses } = conductOf(found(dossier.policy, 'the policy'))
      const said = dossier.attempt.callClasses
      const [given = callClasses[0] ?? ''] = said
      // What is no class is shown by its length alone: it came from the network.
      if (said.length > 1) return stop('call_class_denied', { claims: said.length })
      if (!isCallClass(given)) return stop('call_class_denied', { unknownChars: given.length })
      const figures = { callClass: given, claimed: said.length > 0 }
      // Also where the policy does not have it: in shadow the call goes on as what it claims to be.
      dossier.callClass = given
      if (!callClasses.includes(given)) return stop('call_class_denied', figures)
      return pass(figures)
    },
  }
}
