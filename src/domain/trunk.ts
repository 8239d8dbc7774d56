import type { Id } from '../kernel/ids.ts'
import type { Gateway } from './carrier.ts'
import type { PolicyId } from './policy.ts'
import type { TenantId } from './tenant.ts'

export type TrunkId = Id<'trunk'>

/** Where a tenant takes the calls to its numbers: its PBX, at addresses that do not change. */
export interface Trunk {
  readonly id: TrunkId
  readonly tenantId: TenantId
  /** Says whether it receives calls at all, how many, from whom and for how long. */
  readonly policyId: PolicyId
  /** E.164, or what they begin with; the longest decides. Empty: what none of its tenant's others has. */
  readonly numbers: readonly string[]
  /** Whether a PBX may register for it; those that have are tried before the targets. */
  readonly registers: boolean
  /** In the order to try. */
  readonly targets: readonly Gateway[]
  /** Without any answer, even 100, for this long the next target is tried. */
  readonly noAnswerTimeoutMs: number
  /** Without a final answer for this long the attempt is cancelled. */
  readonly ringTimeoutMs: number
  /** Whether the Identity headers go on, for a tenant that verifies for itself. */
  readonly forwardsIdentity: boolean
  /** Whether what was found is also told in X- headers, for a PBX that knows no `verstat`. */
  readonly tellsInXHeaders: boolean
  /** RFC 3325 2.4: whether it keeps to itself the number of a caller who withholds it. */
  readonly trusted: boolean
}
