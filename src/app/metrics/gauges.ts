import { askStore } from '../../admission/ask-store.ts'
import { createPeriods } from '../../admission/periods.ts'
import type { AuditLog } from '../../audit/event.ts'
import type { CallRegistry } from '../../call/registry.ts'
import type { SettingValues } from '../../config/settings.ts'
import type { BanList } from '../../domain/ban-list.ts'
import type { Tenant } from '../../domain/tenant.ts'
import type { Engine } from '../../engine/start.ts'
import type { CertificateEnd } from '../../identity/expiry-watch.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { EngineConnection } from '../../sip/connection.ts'
import type { Store } from '../../store/port.ts'
import type { GateMeters } from './call-metrics.ts'

const dayMs = 86_400_000
const keyWarningDays = [1, 7, 30] as const

/** What is looked at each time somebody reads the metrics. */
export interface Shown {
  readonly values: SettingValues
  readonly clock: Clock
  readonly version: string
  readonly registry: CallRegistry
  readonly engine: EngineConnection
  readonly embedded: Pick<Engine, 'stats'> | undefined
  readonly bans: BanList | undefined
  readonly audit: AuditLog
  readonly store: Store
  readonly tenants: () => readonly Tenant[]
  ends(): readonly CertificateEnd[]
  /** When the index last had all of the log, monotonic. */
  indexedMs(): number
}

/** Shows how the gate stands. */
export function showGauges(meters: GateMeters, shown: Shown): void {
  const { registry, engine, audit, version, clock, values } = shown
  meters.onRead(() => {
    meters.set('tollgate_build_info', { version, engine_version: engine.version }, 1)
    meters.set('tollgate_calls_running', {}, registry.size)
    meters.set('tollgate_calls_max', {}, values['limits.callsMax'])
    meters.set('tollgate_accepting', {}, Number(registry.accepting))
    meters.set('tollgate_leases', {}, registry.leases)
    meters.set('tollgate_audit_writable', {}, Number(audit.isWritable))
    const lagMs = clock.monotonic() - shown.indexedMs()
    meters.set('tollgate_log_index_lag_seconds', {}, lagMs / 1000)
  })
  meters.onRead(() => showEngine(meters, shown))
  meters.onRead(() => showCertificates(meters, shown))
  meters.onRead(() => showKeys(meters, shown))
  meters.onRead(() => showBudgets(meters, shown))
  meters.onRead(() => showProcess(meters))
}

async function showEngine(meters: GateMeters, { engine, embedded, bans }: Shown): Promise<void> {
  meters.set('tollgate_engine_connected', {}, Number(engine.ready))
  for (const [what, count] of Object.entries(engine.counts)) {
    meters.set('tollgate_engine_held', { what }, count)
  }
  const stats = await embedded?.stats()
  for (const [outcome, total] of Object.entries(stats ?? {})) {
    meters.total('tollgate_engine_messages_total', { outcome }, total)
  }
  if (bans) meters.set('tollgate_bans', {}, (await bans.list()).length)
}

function showCertificates(meters: GateMeters, { clock, ends }: Shown): void {
  const firstMs = new Map<string, number>()
  for (const { use, notAfterMs } of ends()) {
    firstMs.set(use, Math.min(notAfterMs, firstMs.get(use) ?? Number.POSITIVE_INFINITY))
  }
  for (const [use, endMs] of firstMs) {
    const leftS = (endMs - clock.now()) / 1000
    meters.set('tollgate_certificate_expires_seconds', { use }, leftS)
  }
}

async function showKeys(meters: GateMeters, { clock, store, values }: Shown): Promise<void> {
  const patience = { clock, storeTimeoutMs: values['limits.storeTimeoutMs'] }
  const all = await askStore(patience, () => store.keys.allKeys())
  const leftMs = all.flatMap(({ status, expiresAtMs }) =>
    status === 'active' && expiresAtMs !== undefined ? [expiresAtMs - clock.now()] : [],
  )
  const ahead = leftMs.filter((left) => left > 0)
  if (ahead.length > 0) {
    const firstMs = ahead.reduce((least, left) => Math.min(least, left))
    meters.set('tollgate_key_expires_seconds', {}, firstMs / 1000)
  }
  for (const days of keyWarningDays) {
    const soon = ahead.filter((left) => left <= days * dayMs).length
    meters.set('tollgate_keys_expiring', { within: `${days}d` }, soon)
  }
}

/** The tenants that have a budget, in the order of the settings, as many as may have a series. */
async function showBudgets(meters: GateMeters, shown: Shown): Promise<void> {
  const { clock, store, values, tenants } = shown
  const patience = { clock, storeTimeoutMs: values['limits.storeTimeoutMs'] }
  const periodsOf = createPeriods()
  const limited = tenants().filter(({ limits }) => limits.budget)
  for (const { id, limits, timeZone } of limited.slice(0, values['api.metricsTenantsMax'])) {
    const owner = { level: 'tenant', id } as const
    const { day, month } = periodsOf(clock.now(), timeZone)
    const { currency = '', perDayMicros, perMonthMicros } = limits.budget ?? {}
    const caps = [
      ...(perDayMicros ? [{ period: day, capMicros: perDayMicros }] : []),
      ...(perMonthMicros ? [{ period: month, capMicros: perMonthMicros }] : []),
    ]
    const shares = await Promise.all(
      caps.map(async ({ period, capMicros }) => {
        const budget = { owner, period, currency }
        const ask = () => store.limiter.spentMicros(owner, budget)
        return (await askStore(patience, ask)) / capMicros
      }),
    )
    if (shares.length > 0) {
      meters.set('tollgate_budget_spent_ratio', { tenant: id }, Math.max(...shares))
    }
  }
}

function showProcess(meters: GateMeters): void {
  const { rss, heapUsed } = process.memoryUsage()
  meters.set('tollgate_memory_bytes', { what: 'rss' }, rss)
  meters.set('tollgate_memory_bytes', { what: 'heap' }, heapUsed)
  const { user, system } = process.cpuUsage()
  meters.total('tollgate_cpu_seconds_total', {}, (user + system) / 1e6)
}
