import type { MetricRow } from '../kernel/metrics.ts'

const quickS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] as const
const ringS = [0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120] as const
const talkS = [1, 6, 30, 60, 180, 600, 1800, 3600, 14400] as const

/**
 * Every metric there is. No label is a number, a key or a secret; carriers and gateways are bounded in
 * their number, tenants by a setting.
 */
export const metricRows = {
  tollgate_build_info: {
    kind: 'gauge',
    labels: ['version', 'engine_version'],
    help: 'Always 1: which version runs with which engine.',
  },
  tollgate_decisions_total: {
    kind: 'counter',
    labels: ['direction', 'reason'],
    help: 'Decided calls by reason of the catalogue; `admitted` where there was none against it.',
  },
  tollgate_decision_seconds: {
    kind: 'histogram',
    labels: [],
    bucketsS: quickS,
    help: 'How long all checks of a call took together.',
  },
  tollgate_decision_failures_total: {
    kind: 'counter',
    labels: [],
    help: 'Calls refused because the checks themselves failed.',
  },
  tollgate_attempts_total: {
    kind: 'counter',
    labels: ['carrier', 'gateway', 'outcome'],
    help: 'Dialled gateways by what came of it: `answered`, `cancelled`, `no_answer`, `ring_timeout`, `unsent`, `4xx`; `trunk` for those of tenants.',
  },
  tollgate_passed_over_total: {
    kind: 'counter',
    labels: ['carrier', 'gateway'],
    help: 'Gateways that had no room for a call.',
  },
  tollgate_ring_seconds: {
    kind: 'histogram',
    labels: ['carrier'],
    bucketsS: ringS,
    help: 'From the INVITE that left to the first ringing: the post-dial delay.',
  },
  tollgate_answer_seconds: {
    kind: 'histogram',
    labels: ['carrier'],
    bucketsS: ringS,
    help: 'From the INVITE that left to the answer.',
  },
  tollgate_call_seconds: {
    kind: 'histogram',
    labels: ['carrier'],
    bucketsS: talkS,
    help: 'From the answer to the end, of answered calls.',
  },
  tollgate_calls_ended_total: {
    kind: 'counter',
    labels: ['ended_by', 'cause'],
    help: 'Ended calls that had been admitted, by who ended them and why.',
  },
  tollgate_calls_running: {
    kind: 'gauge',
    labels: [],
    help: 'Calls in progress, those not yet decided included.',
  },
  tollgate_calls_max: { kind: 'gauge', labels: [], help: 'How many calls may be in progress.' },
  tollgate_accepting: {
    kind: 'gauge',
    labels: [],
    help: '1 where a further call finds a place; 0 while draining, or full.',
  },
  tollgate_leases: {
    kind: 'gauge',
    labels: [],
    help: 'Leases that this gate keeps alive in the store.',
  },
  tollgate_budget_spent_ratio: {
    kind: 'gauge',
    labels: ['tenant'],
    help: 'Spent and reserved of its budget, of so many tenants as `api.metricsTenantsMax` says.',
  },
  tollgate_engine_connected: {
    kind: 'gauge',
    labels: [],
    help: '1 while the engine can be spoken to.',
  },
  tollgate_engine_held: {
    kind: 'gauge',
    labels: ['what'],
    help: 'What the gate holds at its engine: `invites`, `dials`, `dialogs`, and requests that wait.',
  },
  tollgate_engine_messages_total: {
    kind: 'counter',
    labels: ['outcome'],
    help: 'What came in at the embedded engine, and what it kept out: `banned`, `flooded`, `paced`.',
  },
  tollgate_bans: { kind: 'gauge', labels: [], help: 'Sources that the engine drops unread.' },
  tollgate_event_loop_lag_seconds: {
    kind: 'gauge',
    labels: ['quantile'],
    help: "How late the gate's event loop was since the metrics were last read.",
  },
  tollgate_memory_bytes: {
    kind: 'gauge',
    labels: ['what'],
    help: 'Memory of the process: `rss`, `heap`.',
  },
  tollgate_cpu_seconds_total: { kind: 'counter', labels: [], help: 'Processor time used.' },
  tollgate_audit_append_seconds: {
    kind: 'histogram',
    labels: [],
    bucketsS: quickS,
    help: 'How long it took until an event would survive a crash.',
  },
  tollgate_audit_failures_total: {
    kind: 'counter',
    labels: [],
    help: 'Events that could not be kept.',
  },
  tollgate_audit_writable: {
    kind: 'gauge',
    labels: [],
    help: '1 while events can be kept; without it every call is refused.',
  },
  tollgate_log_index_lag_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'How long ago the index of call records had everything that the log has.',
  },
  tollgate_store_seconds: {
    kind: 'histogram',
    labels: ['step'],
    bucketsS: quickS,
    help: 'How long the store took: `take`, `extend`, `renew`, `release`.',
  },
  tollgate_store_failures_total: {
    kind: 'counter',
    labels: ['step'],
    help: 'Steps of the store that failed.',
  },
  tollgate_alerts_total: {
    kind: 'counter',
    labels: ['kind'],
    help: 'Alerts that were raised.',
  },
  tollgate_registrations_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Registrations of trunks; `accepted`, or why not.',
  },
  tollgate_api_requests_total: {
    kind: 'counter',
    labels: ['operation', 'status'],
    help: 'Requests of those who said who they are, by operation and status.',
  },
  tollgate_certificate_expires_seconds: {
    kind: 'gauge',
    labels: ['use'],
    help: 'How long until the first certificate of a use ends.',
  },
  tollgate_key_expires_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'How long until the first active key ends.',
  },
  tollgate_keys_expiring: {
    kind: 'gauge',
    labels: ['within'],
    help: 'Active keys that end within `1d`, `7d`, `30d`.',
  },
} as const satisfies Readonly<Record<`tollgate_${string}`, MetricRow>>
