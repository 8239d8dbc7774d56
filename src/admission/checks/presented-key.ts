import type { DigestAuth } from '../../keys/digest.ts'
import { type Acceptance, readPresented } from '../../keys/presented.ts'
import { type Check, pass, stop } from '../check.ts'

/** Exactly one credential came, of a kind that counts here, and it has the form of one. */
export function presentedKey(acceptance: Acceptance, digest: DigestAuth | undefined): Check {
  return {
    name: 'presented_key',
    run: (dossier) => {
      const { presentedKeys, authorizations } = dossier.attempt
      const figures = { keys: presentedKeys.length, authorizations: authorizations.length }
      const reading = readPresented(dossier.attempt, acceptance)
      switch (reading.found) {
        case 'none':
          return stop('credentials_missing', figures, { challenges: digest?.challenges(false) })
        case 'bad':
          return stop('credentials_invalid', figures, { detail: reading.why })
        case 'one':
          dossier.presented = reading.presented
          return pass({ ...figures, kind: reading.presented.kind })
      }
    },
  }
}
