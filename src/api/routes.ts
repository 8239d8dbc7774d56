import type { Store } from '../store/port.ts'
import { KeyDesk, type KeyDeskParts } from './key-desk.ts'
import type { Route } from './route.ts'
import { type Bans, banRoutes } from './routes/bans.ts'
import { breakerRoutes } from './routes/breakers.ts'
import { type Draining, drainRoutes } from './routes/drain.ts'
import { healthRoutes, type Readiness } from './routes/health.ts'
import { keyActionRoutes } from './routes/key-actions.ts'
import { keyRoutes } from './routes/keys.ts'
import { type LiveCalls, liveCallRoutes } from './routes/live-calls.ts'
import { consentRoutes, optOutRoutes, type PermissionParts } from './routes/permissions.ts'
import { withReference } from './routes/reference.ts'
import { tenantRoutes } from './routes/tenants.ts'

/** What the operations read and change. */
export interface Household extends KeyDeskParts, PermissionParts {
  readonly store: Pick<Store, 'keys' | 'directory' | 'tenants' | 'board' | 'permissions'>
  readonly readiness: Readiness
  readonly calls: LiveCalls
  readonly bans: Bans
  readonly draining: Draining
  readonly version: string
}

/** Every operation there is, in the order of the reference. */
export function routesOf(household: Household): readonly Route[] {
  const { store, readiness, calls, bans, draining, version } = household
  const desk = new KeyDesk(household)
  const routes = [
    ...healthRoutes(readiness),
    ...keyRoutes(desk, store),
    ...keyActionRoutes(desk),
    ...tenantRoutes(household),
    ...optOutRoutes(household),
    ...consentRoutes(household),
    ...liveCallRoutes(calls),
    ...breakerRoutes(store.board),
    ...banRoutes(bans),
    ...drainRoutes(draining),
  ]
  return withReference(routes, version)
}
