/** RFC 8588 4: A full, B partial, C gateway. */
export type Attestation = 'A' | 'B' | 'C'

/** Why a call is attested as it is; the level follows from it. RFC 8588 4, ATIS-1000074 5.2.3. */
export const attestationReasons = {
  /** The key proved the tenant, and the caller number is the tenant's. */
  number_owned: 'A',
  /** The same, with a number of the tenant's in place of one that is not. */
  number_replaced: 'A',
  /** The key proved the tenant, and nothing says that it may use the number. */
  number_foreign: 'B',
  /** The tenant passes on a call that somebody else has signed; that signature goes along. */
  diverted: 'B',
  /** The tenant brings calls of others, whom nobody here knows. */
  gateway_traffic: 'C',
} as const satisfies Record<string, Attestation>

export type AttestationReason = keyof typeof attestationReasons

/** What is attested: whose number it is, and whose traffic. */
export interface Attested {
  readonly owned: boolean
  readonly replaced: boolean
  readonly diverted: boolean
  readonly traffic: 'customer' | 'gateway'
}

/** Why an admitted call is attested as it is. Nothing that the tenant says of itself counts. */
export function attestationReasonOf(of: Attested): AttestationReason {
  const { owned, replaced, diverted, traffic } = of
  if (diverted) return 'diverted'
  if (traffic === 'gateway') return 'gateway_traffic'
  if (!owned) return 'number_foreign'
  return replaced ? 'number_replaced' : 'number_owned'
}
