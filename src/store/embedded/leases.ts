import type { CallId } from '../../domain/attempt.ts'
import type { Leases } from '../../domain/decision.ts'
import { leasesId } from '../leases-id.ts'
import type { BudgetClaim, TakeRequest } from '../port.ts'
import type { Hold } from './slots.ts'

/** What one part of a call holds, and where. */
export class HeldLeases implements Leases, Hold {
  readonly callId: CallId
  readonly id: string
  readonly request: TakeRequest
  readonly budgets: readonly BudgetClaim[]
  expiresAtMs: number
  reservedMicros: number
  released = false
  readonly #release: (leases: HeldLeases) => Promise<void>

  constructor(
    request: TakeRequest,
    expiresAtMs: number,
    release: (leases: HeldLeases) => Promise<void>,
  ) {
    this.request = request
    this.callId = request.callId
    this.id = leasesId(request)
    this.budgets = request.claims.filter((claim) => claim.kind === 'budget')
    this.reservedMicros = this.budgets[0]?.reserveMicros ?? 0
    this.expiresAtMs = expiresAtMs
    this.#release = release
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release(this)
  }
}
