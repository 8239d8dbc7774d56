import type { CallAttempt } from '../../domain/attempt.ts'
import type { Carrier } from '../../domain/carrier.ts'
import type { CertificateKeys } from '../../keys/certificate-keys.ts'
import { isInRanges } from '../source-ranges.ts'

/** The carrier that brings a call, and what it is known by. */
export interface Bringer {
  readonly carrier: Carrier
  readonly by: 'certificate' | 'address'
}

/**
 * Whether somebody presents a key: such a call is a tenant's, wherever it comes from, and is judged by
 * that key alone. Decision 0097.
 */
export function presentsKey(
  { presentedKeys, authorizations, source }: CallAttempt,
  certificates: Pick<CertificateKeys, 'keyOf'> | undefined,
): boolean {
  if (presentedKeys.length + authorizations.length > 0) return true
  const fingerprint = source.certificate?.fingerprint256
  return fingerprint !== undefined && certificates?.keyOf(fingerprint) !== undefined
}

/** The carrier that a call without a key comes from, by the transport's word and never by a header's. */
export function carrierOf(
  { source }: CallAttempt,
  carriers: readonly Carrier[],
): Bringer | undefined {
  const fingerprint = source.certificate?.fingerprint256
  for (const carrier of carriers) {
    const { enabled, inbound } = carrier
    if (!enabled || !inbound) continue
    if (fingerprint !== undefined && inbound.certificates.includes(fingerprint)) {
      return { carrier, by: 'certificate' }
    }
    if (isInRanges(source.address, inbound.sources)) return { carrier, by: 'address' }
  }
  return undefined
}
