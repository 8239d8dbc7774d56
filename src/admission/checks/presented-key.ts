import { parseKey } from '../../keys/format.ts'
import { type Check, pass, stop } from '../check.ts'

/** Exactly one key came, and it has the form of a key. */
export function presentedKey(): Check {
  return {
    name: 'presented_key',
    run: (dossier) => {
      const { presentedKeys } = dossier.attempt
      const figures = { keys: presentedKeys.length }
      const [only] = presentedKeys
      if (!only) return stop('credentials_missing', figures)
      // Which of several would count is a question that only an attacker asks.
      if (presentedKeys.length > 1) {
        return stop('credentials_invalid', figures, { detail: 'several_keys' })
      }
      const presented = parseKey(only.reveal().trim())
      if (!presented) return stop('credentials_invalid', figures, { detail: 'key_malformed' })
      dossier.presented = presented
      return pass(figures)
    },
  }
}
