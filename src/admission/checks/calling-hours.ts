import { calledBy } from '../called.ts'
import { type Check, found, pass, stop } from '../check.ts'
import { conductOf, placeOf, type Rules } from '../rules.ts'

/** A Retry-After is no longer than this. */
const waitMaxMs = 24 * 3_600_000

/** Where the callee may be, and by every row of the law's table, calls may be placed at this hour. */
export function callingHours({ law, whereabouts }: Rules): Check {
  return {
    name: 'calling_hours',
    run: (dossier) => {
      const callClass = found(dossier.callClass, 'the call class')
      const { calleeTimeZone } = conductOf(found(dossier.policy, 'the policy'))
      const told = placeOf(calledBy(dossier), whereabouts)
      const assumed = calleeTimeZone === undefined ? [] : [calleeTimeZone]
      const zones = told.zones.length > 0 ? told.zones : assumed
      const place = { ...told, zones }
      dossier.place = place
      if (zones.length === 0 && (callClass === 'marketing' || law.hasHours({ place, callClass }))) {
        const detail = 'no_time_zone'
        return stop('outside_calling_hours', { zones: 0 }, { detail, freesInMs: waitMaxMs })
      }
      const closed = law.closedHours({ place, callClass }, dossier.nowMs)
      const figures = { zones: zones.length, zone: closed?.timeZone ?? zones[0] ?? '' }
      if (!closed) return pass(figures)
      const { row, opensInMs = waitMaxMs } = closed
      const { region, subdivision = '', source, evidence: sourceEvidence } = row
      const freesInMs = Math.min(opensInMs, waitMaxMs)
      return stop(
        'outside_calling_hours',
        { ...figures, region, subdivision, source, sourceEvidence },
        { freesInMs },
      )
    },
  }
}
