import type { CallId } from '../../domain/attempt.ts'
import type { Leases } from '../../domain/decision.ts'
import { leasesId } from '../leases-id.ts'
import type { BudgetClaim, Claim, TakeRequest } from '../port.ts'
import type { RedisKey } from './key-name.ts'
import type { KeyNames } from './keys.ts'

/** What one part of a call holds on the server, and under which names. */
export class RedisLeases implements Leases {
  readonly callId: CallId
  readonly id: string
  readonly request: TakeRequest
  readonly leaseKey: string
  /** What each claim is counted in. */
  readonly counterKeys: readonly RedisKey[]
  /** The slots of its owners. */
  readonly slotKeys: readonly RedisKey[]
  readonly budgetKeys: readonly RedisKey[]
  readonly budgets: readonly BudgetClaim[]
  reservedMicros: number
  released = false
  readonly #release: (leases: RedisLeases) => Promise<void>

  constructor(
    request: TakeRequest,
    names: KeyNames,
    release: (leases: RedisLeases) => Promise<void>,
  ) {
    const { callId, home, claims } = request
    this.request = request
    this.callId = callId
    this.id = leasesId(request)
    this.leaseKey = names.lease(home, this.id)
    this.counterKeys = names.ofClaims(home, claims)
    const { slotKeys, budgetKeys, budgets } = givenBack(claims, this.counterKeys)
    this.slotKeys = slotKeys
    this.budgetKeys = budgetKeys
    this.budgets = budgets
    this.reservedMicros = this.budgets[0]?.reserveMicros ?? 0
    this.#release = release
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release(this)
  }
}

/** What ends with the call. */
function givenBack(claims: readonly Claim[], counterKeys: readonly RedisKey[]) {
  const slotKeys: RedisKey[] = []
  const budgetKeys: RedisKey[] = []
  const budgets: BudgetClaim[] = []
  for (const [at, key] of counterKeys.entries()) {
    const claim = claims[at]
    if (claim?.kind === 'concurrency') slotKeys.push(key)
    if (claim?.kind !== 'budget') continue
    budgetKeys.push(key)
    budgets.push(claim)
  }
  return { slotKeys, budgetKeys, budgets }
}
