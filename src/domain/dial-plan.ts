/**
 * How digits without a leading `+` are meant where a tenant dials them. Without a plan they mean what
 * they mean in the policy's home region.
 */
export interface DialPlan {
  /** Digits that lead out of the house; where there are some, every number begins with them. */
  readonly outsideLine: string
  /** What stands before a country code: `00`, `011`, `0011`. */
  readonly internationalPrefixes: readonly string[]
  /** What may stand before a national number: `0`, `1`; empty where nothing does. */
  readonly nationalPrefix: string
  /** A number of `length` digits is of this area; undefined where every number has its area. */
  readonly local: { readonly areaCode: string; readonly length: number } | undefined
}
