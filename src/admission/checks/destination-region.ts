import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** The policy lists the called number's region: +1 876 is Jamaica, whatever its calling code. */
export function destinationRegion(): Check {
  return {
    name: 'destination_region',
    run: (dossier) => {
      const { region } = calledBy(dossier)
      const allowed = found(dossier.policy, 'the policy').regions.includes(region)
      return allowed ? pass({ region }) : stop('geo_country_denied', { region })
    },
  }
}
