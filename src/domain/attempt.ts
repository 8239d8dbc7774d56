import type { Id } from '../kernel/ids.ts'
import type { Secret } from '../kernel/secret.ts'

/** Our own id of an attempt and of the call it may become; also the id of its leases. */
export type CallId = Id<'call'>

/** Where a message came from, as the transport saw it; never from a header. */
export interface Source {
  readonly address: string
  readonly port: number
  readonly protocol: string
  /** What the connection's client certificate has proved, where it came with one. */
  readonly certificate?: SourceCertificate | undefined
}

/** A client certificate whose key the other end of the connection has proved to own. */
export interface SourceCertificate {
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint256: string
  /** The SIP domain it names (RFC 5922 7.1); only where a CA of `engine.tls.clientCa` says so. */
  readonly verifiedName: string | undefined
}

/**
 * An INVITE before it is decided, as plain data read from the raw message. Header values are as
 * received, one entry a header field, nothing joined, nothing decoded.
 */
export interface CallAttempt {
  readonly id: CallId
  readonly receivedAtMs: number
  readonly source: Source
  readonly sipCallId: string
  readonly requestUri: string
  readonly from: string
  readonly to: string
  readonly assertedIdentities: readonly string[]
  /** RFC 3325 9.2: which of its identities a caller wants to be known by. */
  readonly preferredIdentities: readonly string[]
  readonly privacy: readonly string[]
  /** RFC 8224 4: who vouches for the caller, one entry a header field. */
  readonly identities: readonly string[]
  readonly date: string | undefined
  /** RFC 5806: who has diverted the call, one entry a header field. */
  readonly diversions: readonly string[]
  /** RFC 7044 History-Info: where it has been, one entry a header field. */
  readonly histories: readonly string[]
  /** One entry for each key header that came: exactly one is acceptable. */
  readonly presentedKeys: readonly Secret[]
  /** The values of the Authorization fields, scheme included. */
  readonly authorizations: readonly Secret[]
  /** What the call says that it is for, one entry a header field. */
  readonly callClasses: readonly string[]
  /** Undefined when absent, -1 when unreadable. */
  readonly maxForwards: number | undefined
  readonly userAgent: string | undefined
}
