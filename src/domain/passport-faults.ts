/** Reason phrases of RFC 8224 6.2.2, and what RFC 9410 puts into Reason. */
export const stirPhrases = {
  403: 'Stale Date',
  428: 'Use Identity Header',
  436: 'Bad Identity Info',
  437: 'Unsupported Credential',
  438: 'Invalid Identity Header',
} as const

export type StirStatus = keyof typeof stirPhrases

/**
 * Everything that can be wrong with the proof of a caller, and which of the five answers it is. The
 * name is the same in the trace, in the audit event and on the command line.
 */
// biome-ignore format: one fault a line
export const passportFaults = {
  identity_missing:        { status: 428, help: 'No Identity header came with the call.' },
  unsupported_only:        { status: 428, help: 'No Identity header is of a kind that is known here.' },
  not_verified:            { status: 428, help: 'Callers are not verified here.' },
  headers_too_many:        { status: 438, help: 'More Identity headers than are looked at.' },
  header_malformed:        { status: 438, help: 'The Identity header breaks the grammar of RFC 8224 4.' },
  header_too_long:         { status: 438, help: 'The Identity header is longer than is looked at.' },
  jose_header_invalid:     { status: 438, help: 'The PASSporT\'s header has members missing, doubled, unknown or contradicting the field.' },
  algorithm_unsupported:   { status: 437, help: 'Signed with another algorithm than ES256.' },
  claims_invalid:          { status: 438, help: 'The PASSporT\'s claims are missing, doubled or malformed.' },
  not_reconstructible:     { status: 438, help: 'A compact form whose claims cannot be rebuilt from the call.' },
  caller_missing:          { status: 438, help: 'The call names no caller that could be compared.' },
  orig_mismatch:           { status: 438, help: 'The PASSporT is of another caller.' },
  dest_mismatch:           { status: 438, help: 'The PASSporT is of a call to somebody else.' },
  div_broken:              { status: 438, help: 'The chain of diversions does not reach from the first callee to this one.' },
  rcd_mismatch:            { status: 438, help: 'The rich call data is of another caller, or breaks RFC 9795.' },
  iat_stale:               { status: 403, help: 'Signed too long ago.' },
  iat_in_future:           { status: 403, help: 'Signed later than now.' },
  date_stale:              { status: 403, help: 'The Date header is unreadable, too old or in the future.' },
  replayed:                { status: 438, help: 'The same PASSporT has come with another call.' },
  x5u_forbidden:           { status: 436, help: 'The certificate\'s URL is none that may be fetched.' },
  address_forbidden:       { status: 436, help: 'The certificate\'s host has an address in a range of special purpose.' },
  fetch_failed:            { status: 436, help: 'The certificate could not be fetched.' },
  certificate_malformed:   { status: 437, help: 'What was fetched is no chain of certificates.' },
  certificate_expired:     { status: 437, help: 'A certificate is not valid at this time.' },
  certificate_untrusted:   { status: 437, help: 'The chain does not end at a trust anchor.' },
  certificate_unfit:       { status: 437, help: 'A certificate may not be used for this: its key, usage, constraints or policy.' },
  certificate_revoked:     { status: 437, help: 'A certificate was revoked.' },
  revocation_unknown:      { status: 437, help: 'No current revocation list speaks about a certificate.' },
  tn_not_covered:          { status: 437, help: 'The certificate does not speak for the caller\'s number.' },
  signature_invalid:       { status: 438, help: 'The signature is not of this PASSporT and certificate.' },
  service_busy:            { status: 436, help: 'More is being verified than there is room for.' },
  internal_error:          { status: 438, help: 'The verification itself failed; unproven is not proven.' },
} as const satisfies Record<string, { readonly status: StirStatus; readonly help: string }>

export type PassportFault = keyof typeof passportFaults
