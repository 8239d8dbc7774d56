import { Recent } from '../../kernel/recent.ts'
import type { CalleeHash } from '../callee-hash.ts'
import type { BudgetClaim, Claim, Home, LimitOwner } from '../port.ts'
import type { KeyName, RedisKey } from './key-name.ts'
import { OwnerNames } from './owner-names.ts'

/** Of so many owners the names are kept, some 2 kB each. */
const ownersMax = 4_000

/**
 * The names of what is counted. Everything of one home has one hash tag, `{tenant}` or
 * `{carrier:carrier}`, so that one script finds it all on one node of a cluster.
 */
export class KeyNames {
  readonly #callees: CalleeHash
  readonly #owners = new Recent<string, OwnerNames>(ownersMax)

  /** `callees` hides the called numbers, at every gate by the same key. */
  constructor(callees: CalleeHash) {
    this.#callees = callees
  }

  slots(home: Home, owner: LimitOwner): KeyName {
    return this.#namesOf(tagOf(home), owner).slots
  }

  budget(home: Home, budget: Pick<BudgetClaim, 'owner' | 'period' | 'currency'>): KeyName {
    return this.#namesOf(tagOf(home), budget.owner).budget(budget)
  }

  lease(home: Home, leaseId: string): string {
    return `${tagOf(home)}lease:${leaseId}`
  }

  /** What each claim is counted in. */
  ofClaims(home: Home, claims: readonly Claim[]): RedisKey[] {
    const tag = tagOf(home)
    let owner: LimitOwner | undefined
    let names: OwnerNames | undefined
    return claims.map((claim) => {
      // The claims of one owner come one after the other.
      if (!names || claim.owner !== owner) {
        owner = claim.owner
        names = this.#namesOf(tag, owner)
      }
      return names.of(claim, this.#callees)
    })
  }

  #namesOf(tag: string, owner: LimitOwner): OwnerNames {
    const known = `${tag}${owner.level}:${owner.id}`
    const names = this.#owners.get(known)
    if (names) return names
    const fresh = new OwnerNames(tag, owner)
    this.#owners.set(known, fresh)
    return fresh
  }
}

function tagOf({ level, id }: Home): string {
  return level === 'tenant' ? `tollgate:{${id}}:` : `tollgate:{${level}:${id}}:`
}
