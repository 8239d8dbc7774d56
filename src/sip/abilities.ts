/** In what engines differ, as far as a call through them has to know. */
export interface EngineAbilities {
  /** The largest message it takes, bytes. */
  readonly messageBytesMax: number
  /** It sends requests to a caller whose INVITE rings. */
  readonly requestsWhileRinging: boolean
  /** Provisional responses may be reliable towards callers, and PRACKs have a body. RFC 3262. */
  readonly reliableRinging: boolean
}

/** The embedded engine takes what SIP over UDP takes. */
export const ofEmbeddedEngine: EngineAbilities = {
  messageBytesMax: 65_000,
  requestsWhileRinging: true,
  reliableRinging: true,
}

/**
 * drachtio-server 0.9 reads up to 8192 bytes behind a partly received frame into a ring of 12228 without a
 * check: frames up to 4036 bytes are safe. It knows the dialog of a call that it received once that is answered.
 * It dies where a caller never acknowledges a reliable response, and leaves out the body of a PRACK; see
 * docs/decisions/0077.
 */
export const ofDrachtioServer: EngineAbilities = {
  messageBytesMax: 4_000,
  requestsWhileRinging: false,
  reliableRinging: false,
}
