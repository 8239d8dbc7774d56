import { calledBy } from '../../called.ts'
import { type Check, pass } from '../../check.ts'
import type { EmergencyCallbacks } from '../emergency-callbacks.ts'

/** Says whether somebody called for help from this number lately; refuses nothing. */
export function emergencyCallback(callbacks: Pick<EmergencyCallbacks, 'isExpected'>): Check {
  return {
    name: 'emergency_callback',
    run: (dossier) => {
      const expected = callbacks.isExpected(calledBy(dossier).e164, dossier.nowMs)
      dossier.isEmergencyCallback = expected
      return pass({ expected })
    },
  }
}
