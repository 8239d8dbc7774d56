/** Where a called number may be. */
export interface Place {
  /** ISO 3166. */
  readonly region: string
  /** ISO 3166-2, every one it may be in; undefined where that cannot be told. */
  readonly subdivisions: readonly string[] | undefined
  /** IANA names, every zone it may be in; empty where that cannot be told. */
  readonly zones: readonly string[]
}
