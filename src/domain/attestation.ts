/** RFC 8588 4: A full, B partial, C gateway. */
export type Attestation = 'A' | 'B' | 'C'
