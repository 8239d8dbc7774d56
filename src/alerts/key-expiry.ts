import type { Alerts } from '../domain/alert.ts'
import type { Key } from '../domain/key.ts'
import type { Clock } from '../kernel/clock.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** How long before its end somebody is told of a key, days; each once. */
export const keyWarningDays = [7, 1] as const

export interface KeyExpiryParts {
  readonly clock: Clock
  readonly alerts: Alerts
  keys(): Promise<readonly Key[]>
}

/** Tells people 7 days and 1 day before an active key ends; looks at once and then hourly. */
export function watchKeyExpiry({ clock, alerts, keys }: KeyExpiryParts): Disposable {
  let told = new Map<string, number>()
  const look = async () => {
    const all = await keys()
    const nowMs = clock.now()
    const next = new Map<string, number>()
    for (const { id, tenantId, status, expiresAtMs } of all) {
      if (status !== 'active' || expiresAtMs === undefined || expiresAtMs <= nowMs) continue
      const name = `${id} ${expiresAtMs}`
      const days = keyWarningDays.findLast((one) => expiresAtMs - nowMs <= one * dayMs)
      const before = told.get(name) ?? Number.POSITIVE_INFINITY
      next.set(name, Math.min(days ?? before, before))
      if (days === undefined || days >= before) continue
      const daysLeft = Math.floor((expiresAtMs - nowMs) / dayMs)
      const figures = { daysLeft, expiresAt: new Date(expiresAtMs).toISOString() }
      alerts.raise({ kind: 'key_expiring', atMs: nowMs, keyId: id, tenantId, figures })
    }
    told = next
  }
  // A store that is away now is asked again in an hour.
  const tryLook = () => void look().catch(() => undefined)
  tryLook()
  const timer = clock.every(hourMs, tryLook)
  return { [Symbol.dispose]: () => timer.cancel() }
}
