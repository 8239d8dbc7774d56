import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** A call token places the calls that it was made for; how many, the limits count. */
export function tokenBounds(): Check {
  return {
    name: 'token_bounds',
    run: (dossier) => {
      const { token } = dossier
      if (!token) return pass()
      const figures = { tokenId: token.id, callsMax: token.callsMax ?? 'any' }
      const { e164: called } = calledBy(dossier)
      const caller = found(dossier.caller, 'the caller').number.e164
      if (token.callee !== undefined && token.callee !== called) {
        return stop('credentials_invalid', figures, { detail: 'token_of_other_callee' })
      }
      if (token.caller !== undefined && token.caller !== caller) {
        return stop('credentials_invalid', figures, { detail: 'token_of_other_caller' })
      }
      return pass(figures)
    },
  }
}
