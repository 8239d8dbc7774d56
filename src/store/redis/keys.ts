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

  slots(home: Home, owner: LimitOwner): string {
    return tagOf(home) + slotsOf(nameOf(owner))
  }

  budget(home: Home, budget: Pick<BudgetClaim, 'owner' | 'period' | 'currency'>): string {
    return tagOf(home) + spentOf(nameOf(budget.owner), budget)
  }

  /** The lease and then what each claim is counted in. */
  ofTake(home: Home, leaseId: string, claims: readonly Claim[]): string[] {
    const tag = tagOf(home)
    const keys = [`${tag}lease:${leaseId}`]
    for (const claim of claims) keys.push(tag + this.#counterOf(claim))
    return keys
  }

  #counterOf(claim: Claim): string {
    const owner = nameOf(claim.owner)
    switch (claim.kind) {
      case 'rate':
        return `rate:${owner}`
      case 'window':
        return `${claim.window}:${owner}`
      case 'concurrency':
        return slotsOf(owner)
      case 'period':
        return `calls:${owner}:${claim.period.name}`
      case 'callee':
        return `callee:${owner}:${claim.window}:${this.#callees.of(claim.e164)}`
      case 'budget':
        return spentOf(owner, claim)
      case 'use':
        return `used:${owner}:${claim.what}:${claim.id}`
    }
  }
}

function tagOf({ level, id }: Home): string {
  return level === 'tenant' ? `tollgate:{${id}}:` : `tollgate:{${level}:${id}}:`
}

function nameOf({ level, id }: LimitOwner): string {
  return `${level}:${id}`
}

function slotsOf(owner: string): string {
  return `slots:${owner}`
}

function spentOf(owner: string, { currency, period }: Pick<BudgetClaim, 'period' | 'currency'>) {
  return `spent:${owner}:${currency}:${period.name}`
}
