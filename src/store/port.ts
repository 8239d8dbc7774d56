import type { CallId } from '../domain/attempt.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Leases } from '../domain/decision.ts'
import type { Key, KeyId } from '../domain/key.ts'
import type { Policy, PolicyId } from '../domain/policy.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'

/** Who is who. Answers come from memory or a bounded cache; an adapter that cannot tell throws. */
export interface Directory {
  findKey(id: KeyId): Promise<Key | undefined>
  findTenant(id: TenantId): Promise<Tenant | undefined>
  findPolicy(id: PolicyId): Promise<Policy | undefined>
  carriers(): Promise<readonly Carrier[]>
}

/** Whose limit it is: a key's own, or that of all keys of a tenant together. */
export interface LimitOwner {
  readonly level: 'key' | 'tenant'
  readonly id: string
}

export type Claim =
  | {
      readonly kind: 'rate'
      readonly owner: LimitOwner
      readonly perSecondMax: number
      readonly burst: number
    }
  | { readonly kind: 'concurrency'; readonly owner: LimitOwner; readonly slotsMax: number }
  | {
      readonly kind: 'daily'
      readonly owner: LimitOwner
      readonly callsMax: number
      readonly day: string
      readonly dayEndsAtMs: number
    }

/** Everything one call wants, to be taken in one step: all of it or nothing. */
export interface TakeRequest {
  readonly callId: CallId
  readonly tenantId: TenantId
  readonly claims: readonly Claim[]
  /** A lease that is not renewed for this long is void. */
  readonly leaseMs: number
}

export type TakeResult =
  | { readonly taken: true; readonly leases: Leases }
  | {
      readonly taken: false
      /** The first claim, in the order given, that could not be met. */
      readonly claim: Claim
      /** How long until it may be met, where that is known. */
      readonly freesInMs: number | undefined
    }

/**
 * Counters and leases. `take` is one atomic step; nothing of a refused request is kept. Taking for
 * a call id that already holds leases gives the same leases back and counts nothing again.
 */
export interface Limiter {
  take(request: TakeRequest): Promise<TakeResult>
  /** Pushes out the expiry of running calls' leases; ids that hold none are ignored. */
  renew(callIds: readonly CallId[], leaseMs: number): Promise<void>
  /** Gives a call's slots back; harmless when repeated or unknown. Counts of the day stay. */
  release(callId: CallId): Promise<void>
  /** Slots in use now. */
  running(owner: LimitOwner): Promise<number>
}

/** The whole store of one adapter. */
export interface Store extends AsyncDisposable {
  readonly directory: Directory
  readonly limiter: Limiter
}
