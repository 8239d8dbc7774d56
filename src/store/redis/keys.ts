import type { CalleeHash } from '../callee-hash.ts'
import type { BudgetClaim, Claim, Home, LimitOwner } from '../port.ts'

/**
 * The names of what is counted. Everything of one home has one hash tag, `{tenant}` or
 * `{carrier:carrier}`, so that one script finds it all on one node of a cluster.
 */
export class KeyNames {
  readonly #callees: CalleeHash

  /** `callees` hides the called numbers, at every gate by the same key. */
  constructor(callees: CalleeHash) {
    this.#callees = callees
  }

  lease(home: Home, leaseId: string): string {
    return `${tagOf(home)}lease:${leaseId}`
  }

  slots(home: Home, owner: LimitOwner): string {
    return `${tagOf(home)}slots:${nameOf(owner)}`
  }

  budget(home: Home, claim: Pick<BudgetClaim, 'owner' | 'period' | 'currency'>): string {
    return `${tagOf(home)}spent:${nameOf(claim.owner)}:${claim.currency}:${claim.period.name}`
  }

  /** What the claim is counted in. */
  of(home: Home, claim: Claim): string {
    const owner = nameOf(claim.owner)
    switch (claim.kind) {
      case 'rate':
        return `${tagOf(home)}rate:${owner}`
      case 'window':
        return `${tagOf(home)}${claim.window}:${owner}`
      case 'concurrency':
        return this.slots(home, claim.owner)
      case 'period':
        return `${tagOf(home)}calls:${owner}:${claim.period.name}`
      case 'callee':
        return `${tagOf(home)}callee:${owner}:${claim.window}:${this.#callees.of(claim.e164)}`
      case 'budget':
        return this.budget(home, claim)
      case 'use':
        return `${tagOf(home)}used:${owner}:${claim.what}:${claim.id}`
    }
  }
}

function tagOf({ level, id }: Home): string {
  return level === 'tenant' ? `tollgate:{${id}}:` : `tollgate:{${level}:${id}}:`
}

function nameOf({ level, id }: LimitOwner): string {
  return `${level}:${id}`
}
