import type { AuditLog } from '../audit/event.ts'
import type { Stages } from '../call/stages.ts'
import type { SettingValues } from '../config/settings.ts'
import { metricRows } from '../domain/metrics.ts'
import type { Clock } from '../kernel/clock.ts'
import { Meters, watchLoopLag } from '../kernel/metrics.ts'
import type { Store } from '../store/port.ts'
import { CallMetrics } from './metrics/call-metrics.ts'
import { type Shown, showGauges } from './metrics/gauges.ts'
import { watchedLog, watchedStore } from './metrics/watched.ts'

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly stack: AsyncDisposableStack
}

/** Steps beside the parts of a gate and counts what they do. */
export interface Metrics {
  /** The index of records has all of the log. */
  indexed(): void
  log(log: AuditLog): AuditLog
  store(store: Store): Store
  admit(admit: Stages['admit']): Stages['admit']
  show(shown: Omit<Shown, 'values' | 'clock' | 'indexedMs'>): void
  /** Undefined where nobody can read them. */
  readonly source: { readonly access: 'operator' | 'anybody'; text(): Promise<string> } | undefined
}

/** Metrics where there is an API that serves them; without it nothing is counted and costs anything. */
export function openMetrics({ values, clock, stack }: Around): Metrics {
  if (!values['api.listen']) return unread
  const meters = new Meters(metricRows, { engine: values['engine.kind'] })
  const calls = new CallMetrics(meters, clock)
  const lag = stack.use(watchLoopLag())
  meters.onRead(() => {
    for (const [quantile, lateS] of Object.entries(lag.take())) {
      meters.set('tollgate_event_loop_lag_seconds', { quantile }, lateS)
    }
  })
  let indexedMs = clock.monotonic()
  return {
    indexed: () => {
      indexedMs = clock.monotonic()
    },
    log: (log) => watchedLog({ meters, clock }, log, (event) => calls.take(event)),
    store: (store) => watchedStore({ meters, clock }, store),
    admit: (admit) => async (attempt) => {
      const beganMs = clock.monotonic()
      try {
        const decision = await admit(attempt)
        meters.observe('tollgate_decision_seconds', {}, clock.monotonic() - beganMs)
        return decision
      } catch (error) {
        meters.count('tollgate_decision_failures_total', {})
        throw error
      }
    },
    show: (shown) => showGauges(meters, { ...shown, values, clock, indexedMs: () => indexedMs }),
    source: {
      access: values['api.metrics'] === 'loopback' ? 'anybody' : 'operator',
      text: () => meters.text(),
    },
  }
}

const unread: Metrics = {
  indexed: () => undefined,
  log: (log) => log,
  store: (store) => store,
  admit: (admit) => admit,
  show: () => undefined,
  source: undefined,
}
