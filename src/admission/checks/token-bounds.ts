import type { TokenUses } from '../../keys/token-uses.ts'
import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** A call token places the calls that it was made for, and no more of them than it says. */
export function tokenBounds(uses: TokenUses): Check {
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
      if (uses.use(token, dossier.nowMs)) return pass(figures)
      return stop('credentials_invalid', figures, { detail: 'token_used_up' })
    },
  }
}
