import type { CallId } from '../../domain/attempt.ts'
import type { Leases } from '../../domain/decision.ts'
import { leasesId } from '../leases-id.ts'
import type { BudgetClaim, TakeRequest } from '../port.ts'
import type { KeyNames } from './keys.ts'

/** What one part of a call holds on the server, and under which names. */
export class RedisLeases implements Leases {
  readonly callId: CallId
  readonly id: string
  readonly request: TakeRequest
  readonly leaseKey: string
  /** The slots of its owners. */
  readonly slotKeys: readonly string[]
  readonly budgetKeys: readonly string[]
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
    this.slotKeys = claims.flatMap((claim) =>
      claim.kind === 'concurrency' ? [names.of(home, claim)] : [],
    )
    this.budgets = claims.filter((claim) => claim.kind === 'budget')
    this.budgetKeys = this.budgets.map((claim) => names.budget(home, claim))
    this.reservedMicros = this.budgets[0]?.reserveMicros ?? 0
    this.#release = release
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release(this)
  }
}
