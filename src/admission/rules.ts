import type { Place } from '../compliance/place.ts'
import { RuleBook } from '../compliance/rule-book.ts'
import { noCompliance } from '../domain/compliance.ts'
import { type Conduct, usualConduct } from '../domain/conduct.ts'
import type { CanonicalNumber } from '../domain/number.ts'
import type { Policy } from '../domain/policy.ts'
import type { Geography } from '../numbering/geography.ts'
import type { Permissions } from '../store/permission-port.ts'
import { noLists, type OperatorLists } from '../tables/operator-lists.ts'

/** Where a number may be. */
export type Whereabouts = Pick<Geography, 'zonesOf' | 'subdivisionsOf'>

/** What else calls are judged by: law, lists, and what callees have said. */
export interface Rules {
  readonly law: RuleBook
  readonly whereabouts: Whereabouts
  readonly lists: OperatorLists
  readonly permissions: Pick<Permissions, 'findOptOut' | 'findConsent'>
}

/** No law, no list, and nobody has said anything. */
export function noRules(): Rules {
  return {
    law: new RuleBook(noCompliance),
    whereabouts: { zonesOf: () => [], subdivisionsOf: () => undefined },
    lists: noLists,
    permissions: { findOptOut: async () => undefined, findConsent: async () => undefined },
  }
}

/** Where a number may be, as the law's tables ask it. */
export function placeOf(number: CanonicalNumber, whereabouts: Whereabouts): Place {
  return {
    region: number.region,
    subdivisions: whereabouts.subdivisionsOf(number),
    zones: whereabouts.zonesOf(number),
  }
}

/** How the policy's calls behave. */
export function conductOf({ conduct }: Policy): Conduct {
  return conduct ?? usualConduct
}
