/** How an attempt at a gateway failed. */
export interface AttemptFailure {
  /**
   * - `response`: the gateway, or the engine in its stead (408, 503), gave a final response.
   * - `no_answer`: it did not even say 100 in time.
   * - `ring_timeout`: it took the INVITE and gave no final response in time.
   * - `unsent`: the engine could not send the INVITE.
   */
  readonly cause: 'response' | 'no_answer' | 'ring_timeout' | 'unsent'
  /** The final status; for the other causes the one they count as. */
  readonly status: number
  /** The callee was alerted: a 18x came. */
  readonly rang: boolean
  /** The caller has heard the gateway's media: it has fixed the session description it works by. */
  readonly earlyMedia: boolean
}
