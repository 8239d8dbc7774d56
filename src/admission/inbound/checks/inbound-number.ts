import { canonicalNumber, isEmergency } from '../../../numbering/canonical-number.ts'
import { type Check, pass, stop } from '../../check.ts'
import type { Bringer } from '../carrier-of.ts'
import { writtenBy } from '../written-by.ts'

/** The Request-URI holds one number, as the carrier writes them, and no emergency number. */
export function inboundNumber({ carrier }: Bringer): Check {
  const home = writtenBy(carrier)
  return {
    name: 'called_number',
    run: (dossier) => {
      const called = canonicalNumber(dossier.attempt.requestUri, home)
      if (!called.ok) return stop(called.reason)
      // Nobody owns it, and what comes from a carrier leaves by none.
      if (isEmergency(called.number)) return stop('number_unowned', { emergency: true })
      dossier.called = called
      const { e164, region, type } = called.number
      return pass({ e164, region, type })
    },
  }
}
