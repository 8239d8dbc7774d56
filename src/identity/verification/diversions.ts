import type { PassportParty } from '../../domain/verification.ts'
import { partyKey } from './parties.ts'
import type { Passport } from './read-passport.ts'

/** How a PASSporT's `dest` leads to whom the call has come. */
export interface Route {
  readonly passport: Passport
  /** The `div` PASSporTs between the two, the first diversion first; none where it leads here. */
  readonly diversions: readonly Passport[]
}

/**
 * Walks back from whom the call has come to, RFC 8946 5: a PASSporT leads here where its `dest` names
 * the callee, or where it names who a `div` that leads here was diverted from. The shortest way counts.
 * What is not among the routes is of another call. All have to be of one caller.
 */
export function walkBack(
  passports: readonly Passport[],
  callee: readonly PassportParty[],
): readonly Route[] {
  const routes: Route[] = []
  const left = new Set(passports)
  let ends: readonly End[] = [{ dest: callee, route: undefined }]
  while (ends.length > 0) {
    const reached: Route[] = []
    for (const end of ends) {
      for (const passport of left) {
        if (!leadsTo(passport, end)) continue
        left.delete(passport)
        reached.push({ passport, diversions: through(end.route) })
      }
    }
    routes.push(...reached)
    ends = reached.flatMap(endsAt)
  }
  return routes
}

/** Where a step of the walk starts: at the call, or at a diversion. */
interface End {
  readonly dest: readonly PassportParty[]
  readonly route: Route | undefined
}

function endsAt(route: Route): End[] {
  const { claims } = route.passport
  return claims.kind === 'div' ? [{ dest: [claims.div], route }] : []
}

function leadsTo({ claims }: Passport, { dest }: End): boolean {
  const wanted = new Set(dest.map(partyKey))
  return claims.dest.some((party) => wanted.has(partyKey(party)))
}

function through(route: Route | undefined): readonly Passport[] {
  return route ? [route.passport, ...route.diversions] : []
}
