import type { CallToken } from '../../domain/call-token.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { calledBy } from '../called.ts'
import { type Check, type Dossier, found, type Outcome, pass, stop } from '../check.ts'
import type { TokenUses } from '../token-uses.ts'

/** A call token places the calls that it was made for, and no more of them than it says. */
export function tokenBounds(uses: TokenUses | undefined, patience: StorePatience): Check {
  // Where nobody counts, only a token without a number of calls is good.
  const use = async (token: CallToken) => (uses ? uses.use(token) : token.callsMax === undefined)

  async function bounded(dossier: Dossier, token: CallToken): Promise<Outcome> {
    const figures = { tokenId: token.id, callsMax: token.callsMax ?? 'any' }
    const { e164: called } = calledBy(dossier)
    const caller = found(dossier.caller, 'the caller').number.e164
    if (token.callee !== undefined && token.callee !== called) {
      return stop('credentials_invalid', figures, { detail: 'token_of_other_callee' })
    }
    if (token.caller !== undefined && token.caller !== caller) {
      return stop('credentials_invalid', figures, { detail: 'token_of_other_caller' })
    }
    const giveBack = async () => await uses?.giveBack(token).catch(() => undefined)
    const isUsed = await askStore(
      patience,
      () => use(token),
      (late) => {
        if (late) void giveBack()
      },
    )
    if (isUsed) {
      dossier.giveBackToken = giveBack
      return pass(figures)
    }
    return stop('credentials_invalid', figures, { detail: 'token_used_up' })
  }

  return {
    name: 'token_bounds',
    run: (dossier) => (dossier.token ? bounded(dossier, dossier.token) : pass()),
  }
}
