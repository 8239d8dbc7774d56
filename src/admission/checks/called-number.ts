import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** The Request-URI holds one number that can be called. */
export function calledNumber(): Check {
  return {
    name: 'called_number',
    run: (dossier) => {
      const result = found(dossier.called, 'the called number')
      if (!result.ok) return stop(result.reason)
      const { e164, region, type } = calledBy(dossier)
      return pass({ e164, region, type })
    },
  }
}
