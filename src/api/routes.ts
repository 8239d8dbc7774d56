import type { RecordSearch } from '../records/search-thread.ts'
import type { Store } from '../store/port.ts'
import { KeyDesk, type KeyDeskParts } from './key-desk.ts'
import type { Route } from './route.ts'
import { type AuditParts, auditRoutes } from './routes/audit.ts'
import { type Bans, banRoutes } from './routes/bans.ts'
import { breakerRoutes } from './routes/breakers.ts'
import { callStreamRoutes, type StreamParts } from './routes/call-stream.ts'
import { type CallTokenParts, callTokenRoutes } from './routes/call-tokens.ts'
import { callRoutes } from './routes/calls.ts'
import { type ComplianceParts, complianceRoutes } from './routes/compliance.ts'
import { type DeclaredParts, declaredRoutes } from './routes/declared.ts'
import { type ExplainParts, explainRoutes } from './routes/explain.ts'
import { type Draining, gateRoutes, type Reload } from './routes/gate.ts'
import { healthRoutes, type Readiness } from './routes/health.ts'
import { keyActionRoutes } from './routes/key-actions.ts'
import { keyRoutes } from './routes/keys.ts'
import { type LiveCalls, liveCallRoutes } from './routes/live-calls.ts'
import { type MetricsSource, metricsRoutes } from './routes/metrics.ts'
import { consentRoutes, optOutRoutes, type PermissionParts } from './routes/permissions.ts'
import { type PreviewParts, previewRoutes } from './routes/preview.ts'
import { withReference } from './routes/reference.ts'
import { tenantRoutes } from './routes/tenants.ts'
import { type UsageParts, usageRoutes } from './routes/usage.ts'

/** What the operations read and change. */
export interface Household
  extends KeyDeskParts,
    PermissionParts,
    CallTokenParts,
    UsageParts,
    StreamParts,
    DeclaredParts,
    PreviewParts,
    AuditParts,
    ExplainParts,
    ComplianceParts {
  readonly entries: DeclaredParts['entries'] & PreviewParts['entries']
  readonly store: Pick<
    Store,
    'keys' | 'directory' | 'tenants' | 'board' | 'permissions' | 'limiter'
  >
  readonly records: Pick<RecordSearch, 'search'>
  readonly readiness: Readiness
  /** Undefined: none are kept. */
  readonly metrics?: MetricsSource | undefined
  readonly calls: LiveCalls
  readonly bans: Bans
  readonly draining: Draining
  readonly reload: Reload
  readonly version: string
}

/** Every operation there is, in the order of the reference. */
export function routesOf(household: Household): readonly Route[] {
  const { store, readiness, calls, bans, draining, reload, version } = household
  const desk = new KeyDesk(household)
  const routes = [
    ...healthRoutes(readiness),
    ...metricsRoutes(household.metrics),
    ...keyRoutes(desk, store),
    ...keyActionRoutes(desk),
    ...tenantRoutes(household),
    ...declaredRoutes(household),
    ...previewRoutes(household),
    ...optOutRoutes(household),
    ...consentRoutes(household),
    ...callRoutes(household.records),
    ...callStreamRoutes(household),
    ...usageRoutes(household),
    ...callTokenRoutes(household),
    ...explainRoutes(household),
    ...liveCallRoutes(calls),
    ...breakerRoutes(household),
    ...complianceRoutes(household),
    ...banRoutes(bans, household.audit),
    ...gateRoutes(draining, reload),
    ...auditRoutes(household),
  ]
  return withReference(routes, version)
}
