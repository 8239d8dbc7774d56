import type { Id } from '../kernel/ids.ts'
import type { PolicyId } from './policy.ts'
import type { TenantId } from './tenant.ts'

/** The public part of an API key; may be shown anywhere. */
export type KeyId = Id<'key'>

/** The secret that a rotation replaced: it goes on working until a moment. */
export interface PreviousSecret {
  readonly secretHash: Buffer
  /** As `Key.digest`. */
  readonly digest?: Buffer | undefined
  readonly validUntilMs: number
}

/** An API key as kept: never the secret, only its SHA-256 (the secret has 256 random bits). */
export interface Key {
  readonly id: KeyId
  readonly tenantId: TenantId
  readonly policyId: PolicyId
  /** Calls of a test key are decided like any other and reach no carrier. */
  readonly mode: 'live' | 'test'
  readonly secretHash: Buffer
  /** What digest answers are checked with, sealed; undefined: the key takes no digest. */
  readonly digest?: Buffer | undefined
  readonly previous?: PreviousSecret | undefined
  /** SHA-256 of the client certificates that stand for the key, lower-case hexadecimal. */
  readonly certificates?: readonly string[] | undefined
  readonly status: 'active' | 'suspended' | 'revoked'
  /** Undefined: does not expire. */
  readonly expiresAtMs: number | undefined
  /** Addresses the key works from, CIDR, v4 or v6. Empty: none, so the key works nowhere. */
  readonly allowedSources: readonly string[]
}
