/** RFC 8588 4: A full, B partial, C gateway. */
export type Attestation = 'A' | 'B' | 'C'

/**
 * What we may say of the caller of an admitted call. The key has proven the tenant, so RFC 8588 4
 * leaves A where the caller number is the tenant's own and B where it is not. C stands for calls
 * that come in from elsewhere without any proof, and no admitted call does.
 */
export function attestationFor(callerOwned: boolean): 'A' | 'B' {
  return callerOwned ? 'A' : 'B'
}
