import { X509Certificate } from 'node:crypto'
import type { Alerts } from '../domain/alert.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Clock } from '../kernel/clock.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const watchPeriodMs = hourMs

/** How long before the end somebody is told, days; each once for a certificate. */
export const warningDays = [30, 7, 1] as const

/** A certificate in use, and when it ends. */
export interface CertificateEnd {
  /** What it is for: signing calls, serving those certificates over https, SIP over TLS, the HTTP API. */
  readonly use: 'signing' | 'https' | 'sip' | 'api'
  /** For which server name, where a listener has several. */
  readonly name?: string | undefined
  /** Whose, where a tenant has one of its own. */
  readonly tenantId?: TenantId | undefined
  readonly notAfterMs: number
}

/** When a certificate ends, PEM, the chain below it. */
export function endOf(certificatePem: string): number {
  return new X509Certificate(certificatePem).validToDate.getTime()
}

export interface ExpiryWatchParts {
  readonly clock: Clock
  readonly alerts: Alerts
  /** Those in use now. */
  ends(): readonly CertificateEnd[]
}

/** Tells people 30, 7 and 1 day before a certificate in use ends; looks at once and then hourly. */
export function watchExpiry({ clock, alerts, ends }: ExpiryWatchParts): Disposable {
  let told = new Map<string, number>()
  const look = () => {
    const nowMs = clock.now()
    const next = new Map<string, number>()
    for (const end of ends()) {
      const name = `${end.use} ${end.tenantId ?? ''} ${end.name ?? ''} ${end.notAfterMs}`
      const days = warningOf(end.notAfterMs - nowMs)
      const before = told.get(name) ?? Number.POSITIVE_INFINITY
      next.set(name, Math.min(days ?? before, before))
      if (days === undefined || days >= before) continue
      const daysLeft = Math.max(0, Math.floor((end.notAfterMs - nowMs) / dayMs))
      alerts.raise({
        kind: 'certificate_expiring',
        atMs: nowMs,
        tenantId: end.tenantId,
        figures: {
          use: end.use,
          daysLeft,
          notAfter: new Date(end.notAfterMs).toISOString(),
          ...(end.name === undefined ? {} : { name: end.name }),
        },
      })
    }
    told = next
  }
  look()
  const timer = clock.every(watchPeriodMs, look)
  return { [Symbol.dispose]: () => timer.cancel() }
}

/** The tightest warning that is due with so much time left. */
function warningOf(leftMs: number): number | undefined {
  return warningDays.findLast((days) => leftMs <= days * dayMs)
}
