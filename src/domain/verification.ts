import type { Attestation } from './attestation.ts'
import type { PassportFault, StirStatus } from './passport-faults.ts'

/** What `verstat` says of the caller's number: 3GPP TS 24.229 7.2A.20, ATIS-1000082. */
export type Verstat = 'TN-Validation-Passed' | 'TN-Validation-Failed' | 'No-TN-Validation'

/** One end of a call as it is compared with a PASSporT: RFC 8225 5.2.1. */
export type PassportParty =
  | {
      /** E.164 with `+`; digits alone for a number of a plan that E.164 does not know. */
      readonly tn: string
    }
  | { readonly uri: string }

/** What is looked at of a call that came in. */
export interface CallToVerify {
  /** The value of the Call-ID field: the same PASSporT in another call is a replay. */
  readonly sipCallId: string
  /** Values of all Identity fields, those named `y` among them, in order, as received. */
  readonly identityHeaders: readonly string[]
  /** Whom the call names as its caller: P-Asserted-Identity, else From. Undefined: nobody. */
  readonly orig: PassportParty | undefined
  /**
   * Who is called, in whatever forms the Request-URI's address has: one of them has to be in `dest`.
   * Never what To says: it may name whoever the PASSporT was copied from.
   */
  readonly dest: readonly PassportParty[]
  /** The value of the Date field. */
  readonly dateHeader: string | undefined
  readonly receivedAtMs: number
}

/** What was found about one Identity header field. */
export interface PassportFinding {
  /** As the PASSporT says, `shaken`, `div`, `rcd`; undefined for a base PASSporT or an unreadable one. */
  readonly ppt: string | undefined
  /** `ignored`: of a kind that is not known here. */
  readonly outcome: 'valid' | 'invalid' | 'ignored'
  readonly fault?: PassportFault | undefined
  /** RFC 9410 4: names the PASSporT in compact form, `..` and its signature; nothing private. */
  readonly ppi?: string | undefined
}

/** What a certificate that signed says of who signed; public by nature. */
export interface SigningCertificate {
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal. */
  readonly serial: string
  /** RFC 8226 9: the Service Provider Codes that it speaks for. */
  readonly spcs: readonly string[]
}

/** RFC 9795: what the caller wants to be shown, once a valid PASSporT says so. */
export interface RichCallData {
  readonly name: string
  /** Address of a logo, where the PASSporT carries the digest that makes it safe to show. */
  readonly iconUrl?: string | undefined
  /** `sha256-...`, RFC 9795 6. */
  readonly iconDigest?: string | undefined
  /** `crn`, why the caller calls. */
  readonly reason?: string | undefined
}

/** What is known of who calls. Plain data: it goes into the trace of the decision as it is. */
export interface Verification {
  readonly verstat: Verstat
  /** RFC 8588 4, from a valid `shaken` PASSporT alone. */
  readonly attestation?: Attestation | undefined
  /** RFC 8588 5, likewise. */
  readonly origId?: string | undefined
  /** Numbers the call was diverted from, the first one called first; RFC 8946. */
  readonly divertedFrom?: readonly string[] | undefined
  readonly certificate?: SigningCertificate | undefined
  readonly rcd?: RichCallData | undefined
  /** In the order of the header fields. */
  readonly passports: readonly PassportFinding[]
  /** Why the caller could not be verified; undefined where it was. */
  readonly failure?: VerificationFailure | undefined
}

/** What a refusal would say, RFC 8224 6.2.2. */
export interface VerificationFailure {
  readonly status: StirStatus
  readonly phrase: string
  readonly fault: PassportFault
}

/** Checks who calls. */
export interface VerificationService {
  /**
   * What the Identity headers of a call prove. Never rejects, and answers within its own bounds of
   * time and memory, whatever came.
   */
  verify(call: CallToVerify): Promise<Verification>
}
