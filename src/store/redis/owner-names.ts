import type { CalleeHash } from '../callee-hash.ts'
import type { BudgetClaim, CalleeClaim, Claim, LimitOwner, WindowClaim } from '../port.ts'
import { KeyName, type RedisKey } from './key-name.ts'

/** Past this many names (units times currencies) those of periods are made again. */
const currentMax = 64

/** The name of what is counted in one period, until the next one. */
interface Current {
  readonly period: string
  readonly name: KeyName
}

/** The names of all that is counted for one owner; those that every call uses are made once. */
export class OwnerNames {
  readonly slots: KeyName
  readonly #tag: string
  readonly #owner: string
  readonly #rate: KeyName
  readonly #windows: Readonly<Record<WindowClaim['window'], KeyName>>
  /** What the hash of a number follows. */
  readonly #callees: Readonly<Record<CalleeClaim['window'], string>>
  /** By unit and currency. */
  readonly #current = new Map<string, Current>()

  /** `tag` begins every name of the owner's home. */
  constructor(tag: string, { level, id }: LimitOwner) {
    const owner = `${level}:${id}`
    this.#tag = tag
    this.#owner = owner
    this.slots = new KeyName(`${tag}slots:${owner}`)
    this.#rate = new KeyName(`${tag}rate:${owner}`)
    this.#windows = {
      minute: new KeyName(`${tag}minute:${owner}`),
      hour: new KeyName(`${tag}hour:${owner}`),
    }
    this.#callees = { '24h': `${tag}callee:${owner}:24h:`, '30d': `${tag}callee:${owner}:30d:` }
  }

  /** What a claim of the owner's is counted in. */
  of(claim: Claim, callees: CalleeHash): RedisKey {
    switch (claim.kind) {
      case 'rate':
        return this.#rate
      case 'window':
        return this.#windows[claim.window]
      case 'concurrency':
        return this.slots
      case 'period':
        return this.#in(claim.period, 'calls', '')
      case 'callee':
        return this.#callees[claim.window] + callees.of(claim.e164)
      case 'budget':
        return this.budget(claim)
      case 'use':
        return `${this.#tag}used:${this.#owner}:${claim.what}:${claim.id}`
    }
  }

  budget({ currency, period }: Pick<BudgetClaim, 'period' | 'currency'>): KeyName {
    return this.#in(period, 'spent', `:${currency}`)
  }

  #in({ unit, name: period }: BudgetClaim['period'], what: string, currency: string): KeyName {
    const known = this.#current.get(unit + currency)
    if (known?.period === period) return known.name
    if (this.#current.size >= currentMax) this.#current.clear()
    const name = new KeyName(`${this.#tag}${what}:${this.#owner}${currency}:${period}`)
    this.#current.set(unit + currency, { period, name })
    return name
  }
}
