import type { RuleBook } from '../../compliance/rule-book.ts'
import { type Check, type Figures, found, pass } from '../check.ts'

/** How often the law lets this number be tried; counted when the limits are taken. Refuses nothing. */
export function calleeAttempts(law: RuleBook): Check {
  return {
    name: 'callee_attempts',
    run: (dossier) => {
      const place = found(dossier.place, 'the place')
      const callClass = found(dossier.callClass, 'the call class')
      const maxima = law.attemptsMax({ place, callClass })
      dossier.attemptsMax = maxima
      const figures: Record<string, Figures[string]> = {}
      for (const { window, attemptsMax, row } of maxima) {
        figures[`attempts${window}Max`] = attemptsMax
        figures[`source${window}`] = row.source
        figures[`sourceEvidence${window}`] = row.evidence
      }
      return pass(figures)
    },
  }
}
