import { askStore, type StorePatience } from '../ask-store.ts'
import { consented } from '../asked-permission.ts'
import { type Check, found, pass } from '../check.ts'
import { permissionQuestion } from '../permission-question.ts'
import { conductOf, type Rules } from '../rules.ts'

/** Where the policy or the law wants the callee's consent to such a call, one in force is on record. */
export function consent({ law, permissions }: Rules, patience: StorePatience): Check {
  return {
    name: 'consent',
    run: async (dossier) => {
      const callClass = found(dossier.callClass, 'the call class')
      const place = found(dossier.place, 'the place')
      const { consentClasses } = conductOf(found(dossier.policy, 'the policy'))
      const row = law.consentRow({ place, callClass })
      if (!row && !consentClasses.includes(callClass)) return pass({ needed: false })
      const asks = row ? { source: row.source, sourceEvidence: row.evidence } : { source: 'policy' }
      if (dossier.asked) {
        dossier.asked.consentWanted = asks
        return pass({ needed: true, ...asks })
      }
      const question = permissionQuestion(dossier)
      const given = await askStore(patience, () => permissions.findConsent(question))
      return consented(given, asks)
    },
  }
}
