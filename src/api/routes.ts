import { KeyDesk, type KeyDeskParts } from './key-desk.ts'
import type { Route } from './route.ts'
import { healthRoutes, type Readiness } from './routes/health.ts'
import { keyActionRoutes } from './routes/key-actions.ts'
import { keyRoutes } from './routes/keys.ts'
import { withReference } from './routes/reference.ts'

/** What the operations read and change. */
export interface Household extends KeyDeskParts {
  readonly readiness: Readiness
  readonly version: string
}

/** Every operation there is, in the order of the reference. */
export function routesOf(household: Household): readonly Route[] {
  const desk = new KeyDesk(household)
  const routes = [
    ...healthRoutes(household.readiness),
    ...keyRoutes(desk, household.store),
    ...keyActionRoutes(desk),
  ]
  return withReference(routes, household.version)
}
