import { canonicalNumber, isEmergency } from '../../numbering/canonical-number.ts'
import { type Check, found, pass } from '../check.ts'

/** Reads the called number and says whether it is an emergency; refuses nothing. */
export function emergency(): Check {
  return {
    name: 'emergency',
    run: (dossier) => {
      const { homeRegion, dialPlan } = found(dossier.policy, 'the policy')
      const called = canonicalNumber(dossier.attempt.requestUri, { homeRegion, dialPlan })
      dossier.called = called
      if (!called.ok || !isEmergency(called.number)) return pass({ emergency: false })
      return pass({ emergency: true, dialled: called.number.dialled, region: homeRegion })
    },
  }
}
