import { outsideCaller } from '../../../numbering/outside-caller.ts'
import { type Check, pass } from '../../check.ts'
import type { Bringer } from '../carrier-of.ts'
import { writtenBy } from '../written-by.ts'

/** Says which carrier has brought the call and who it says is calling; refuses nothing. */
export function broughtBy(bringer: Bringer): Check {
  const { carrier, by } = bringer
  const home = writtenBy(carrier)
  return {
    name: 'carrier',
    run: (dossier) => {
      const caller = outsideCaller(dossier.attempt, home)
      dossier.carrier = carrier
      dossier.outsideCaller = caller
      return pass({ carrierId: carrier.id, by, hidden: caller.hidden })
    },
  }
}
