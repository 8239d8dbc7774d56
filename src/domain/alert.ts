/** What an operator is woken for. */
const alertKinds = [
  'breaker_opened',
  'breaker_throttled',
  'breaker_closed',
  'certificate_expiring',
  'clock_doubted',
  'key_expiring',
  'declaration_unusable',
  'out_of_office',
  'refusals_many',
  'reload_refused',
  'source_banned',
] as const
export type AlertKind = (typeof alertKinds)[number]

/** One thing that somebody should know; nothing secret stands in it. */
export interface Alert {
  readonly kind: AlertKind
  /** Wall time. */
  readonly atMs: number
  readonly keyId?: string | undefined
  readonly tenantId?: string | undefined
  readonly figures: Readonly<Record<string, string | number | boolean>>
}

/** What a receiver is told of a call that has ended; no number stands in it. */
export interface CallNotice extends Omit<Alert, 'kind'> {
  readonly kind: 'call_ended'
  readonly callId: string
}

/** Where alerts go. Never throws and never makes a call wait. */
export interface Alerts {
  raise(alert: Alert): void
}
