import type { Alerts } from '../../domain/alert.ts'
import type { KeyId } from '../../domain/key.ts'
import { putLast } from '../../kernel/put-last.ts'
import { type Check, found, pass } from '../check.ts'
import { createOfficeClock } from '../office-clock.ts'

/** A key that is used out of office is told of once in so long. */
const quietMs = 3_600_000
/** Keys whose last alert is remembered; the oldest is forgotten first. */
const keysMax = 10_000

/** Tells of a key that is used outside its tenant's office hours; refuses nothing. */
export function officeHours(alerts: Alerts): Check {
  const isOpen = createOfficeClock()
  const told = new Map<KeyId, number>()
  return {
    name: 'office_hours',
    run: ({ nowMs, ...dossier }) => {
      const { id: tenantId, officeHours: hours, timeZone } = found(dossier.tenant, 'the tenant')
      if (!hours || isOpen(nowMs, timeZone, hours)) return pass()
      const { id: keyId } = found(dossier.key, 'the key')
      const toldAtMs = told.get(keyId)
      if (toldAtMs === undefined || Math.abs(nowMs - toldAtMs) >= quietMs) {
        putLast(told, [keyId, nowMs], keysMax)
        alerts.raise({ kind: 'out_of_office', atMs: nowMs, keyId, tenantId, figures: { timeZone } })
      }
      return pass({ outOfOffice: true })
    },
  }
}
