import type { CallId } from '../../domain/attempt.ts'
import type { Leases } from '../../domain/decision.ts'
import { leasesId } from '../leases-id.ts'
import type { BudgetClaim, Claim, TakeRequest } from '../port.ts'
import type { KeyNames } from './keys.ts'

/** What one part of a call holds on the server, and under which names. */
export class RedisLeases implements Leases {
  readonly callId: CallId
  readonly id: string
  readonly request: TakeRequest
  /** The lease's own and then what each claim is counted in. */
  readonly keys: readonly string[]
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
    this.keys = names.ofTake(home, this.id, claims)
    this.leaseKey = this.keys[0] ?? ''
    this.slotKeys = keysOf(this, 'concurrency')
    this.budgetKeys = keysOf(this, 'budget')
    this.budgets = claims.filter((claim) => claim.kind === 'budget')
    this.reservedMicros = this.budgets[0]?.reserveMicros ?? 0
    this.#release = release
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release(this)
  }
}

/** Of the claims of one kind. */
function keysOf({ request, keys }: Pick<RedisLeases, 'request' | 'keys'>, kind: Claim['kind']) {
  return keys.filter((_, at) => request.claims[at - 1]?.kind === kind)
}
