import type { Key, KeyId } from './key.ts'

/**
 * A key of the operator's own: it works on HTTP alone, where it may do everything. No tenant has it,
 * and on SIP nobody knows it.
 */
export interface OperatorKey {
  readonly id: KeyId
  readonly secretHash: Buffer
  readonly status: Key['status']
  readonly expiresAtMs: number | undefined
  readonly allowedSources: readonly string[]
}
