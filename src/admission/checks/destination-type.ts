import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** The policy lists the called number's type: premium and satellite numbers hide in any region. */
export function destinationType(): Check {
  return {
    name: 'destination_type',
    run: (dossier) => {
      const { type } = calledBy(dossier)
      const allowed = found(dossier.policy, 'the policy').numberTypes.includes(type)
      return allowed ? pass({ type }) : stop('geo_type_denied', { type })
    },
  }
}
