/** Who calls from outside, as the carrier has it: nothing of it is known to be true. */
export interface OutsideCaller {
  /** E.164 with `+`; undefined where it is no such number. */
  readonly e164: string | undefined
  /** What stands for the caller in a URI: its number, or what came instead; undefined: nobody. */
  readonly user: string | undefined
  readonly display: string | undefined
  /** RFC 3323 4.2: the callee is not to learn the number. */
  readonly hidden: boolean
}
