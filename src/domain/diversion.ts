/** Where a call has been that came to a tenant's number and is passed on by it. RFC 8946. */
export interface DivertedFrom {
  /** Numbers of the tenant's, E.164 with `+`, the first one called first; one at least. */
  readonly numbers: readonly string[]
  /** The Identity fields that it came with and that were found true, as they came. */
  readonly identities: readonly string[]
}
