import { type PassportFault, passportFaults, stirPhrases } from '../../domain/passport-faults.ts'
import type {
  CallToVerify,
  PassportParty,
  RichCallData,
  Verification,
  VerificationFailure,
  VerificationService,
} from '../../domain/verification.ts'
import { messageOf } from '../../kernel/failure.ts'
import type { Logger } from '../../kernel/logger.ts'
import { type Examination, type ExaminationParts, examine, type Proven } from './examine.ts'
import { readRichCallData } from './rich-call-data.ts'

/** More Identity fields than a call through many hands has. */
const identityHeadersMax = 8

export interface VerificationParts extends ExaminationParts {
  readonly logger: Logger
}

/** The verification service of RFC 8224 6.2. */
export function createVerificationService(parts: VerificationParts): VerificationService {
  return {
    verify: async (call) => {
      const { length } = call.identityHeaders
      if (length === 0) return unverified('No-TN-Validation', 'identity_missing')
      if (length > identityHeadersMax) return unverified('TN-Validation-Failed', 'headers_too_many')
      try {
        return conclude(call, await examine(parts, call))
      } catch (cause) {
        // Undecided is unproven.
        const why = messageOf(cause)
        parts.logger.error({ why }, 'the verification of a caller has failed')
        return unverified('TN-Validation-Failed', 'internal_error')
      }
    },
  }
}

function unverified(verstat: Verification['verstat'], fault: PassportFault): Verification {
  return { verstat, passports: [], failure: failureOf(fault) }
}

function failureOf(fault: PassportFault): VerificationFailure {
  const { status } = passportFaults[fault]
  return { status, phrase: stirPhrases[status], fault }
}

function conclude(call: CallToVerify, { proven, findings: passports }: Examination): Verification {
  const statement = leastOf(proven)
  if (statement) {
    const { passport, diversions, chain } = statement
    const { claims } = passport
    return {
      verstat: 'TN-Validation-Passed',
      ...(claims.kind === 'shaken'
        ? { attestation: claims.attestation, origId: claims.origId }
        : {}),
      ...(diversions.length > 0 ? { divertedFrom: diversions.map(divertedFrom) } : {}),
      certificate: chain.certificate,
      rcd: richDataOf(statement, proven),
      passports,
    }
  }
  // Where the call names nobody there is no number that could be valid or not.
  if (!call.orig) return { ...unverified('No-TN-Validation', 'caller_missing'), passports }
  const faulty = passports.filter(({ outcome }) => outcome === 'invalid')
  const told = faulty.find(({ ppt }) => ppt === 'shaken') ?? faulty[0]
  if (told?.fault) return { ...unverified('TN-Validation-Failed', told.fault), passports }
  return { ...unverified('No-TN-Validation', 'unsupported_only'), passports }
}

/**
 * The statement about the caller that says least: where two differ, what both agree on holds. A base
 * PASSporT attests nothing and counts where there is no other.
 */
function leastOf(proven: readonly Proven[]): Proven | undefined {
  const [first, ...more] = proven.filter((one) => attestationOf(one) !== '')
  // A is before B and B before C: the last of them says least.
  if (first) return more.reduce((least, one) => (saysLess(one, least) ? one : least), first)
  return proven.find(({ passport }) => passport.claims.kind === 'base')
}

function saysLess(one: Proven, other: Proven): boolean {
  return attestationOf(one) > attestationOf(other)
}

/** Empty for a PASSporT that attests nothing. */
function attestationOf({ passport: { claims } }: Proven): string {
  return claims.kind === 'shaken' ? claims.attestation : ''
}

/** From a PASSporT made for it, RFC 9795 5; else from the one that vouches for the caller. */
function richDataOf(statement: Proven, proven: readonly Proven[]): RichCallData | undefined {
  const own = proven.find(({ passport }) => passport.claims.kind === 'rcd')
  const { rich } = (own ?? statement).passport.claims
  return rich && readRichCallData(rich)
}

function divertedFrom({ claims }: Proven['passport']): string {
  return claims.kind === 'div' ? partyText(claims.div) : ''
}

function partyText(party: PassportParty): string {
  return 'tn' in party ? party.tn : party.uri
}
