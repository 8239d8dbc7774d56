import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'
import { conductOf, placeOf, type Rules } from '../rules.ts'

/** Where the policy records its calls, its key may, and so may the law of both ends. */
export function recording({ law, whereabouts }: Rules): Check {
  return {
    name: 'recording',
    run: (dossier) => {
      const policy = found(dossier.policy, 'the policy')
      const { recording: practice } = conductOf(policy)
      if (practice === 'none') return pass({ practice })
      if (!policy.scopes.includes('calls:record')) {
        return stop('recording_not_allowed', { practice }, { detail: 'scope' })
      }
      const { number: caller } = found(dossier.caller, 'the caller')
      const places = [calledBy(dossier), caller].map((number) => placeOf(number, whereabouts))
      const bar = law.recordingBar(places, practice)
      if (!bar) return pass({ practice })
      const { rule, region, subdivision = '', source, evidence: sourceEvidence } = bar
      const figures = { practice, rule, region, subdivision, source, sourceEvidence }
      return stop('recording_not_allowed', figures, { detail: rule })
    },
  }
}
