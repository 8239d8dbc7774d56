import type { Attestation } from '../../domain/attestation.ts'
import type { PassportParty } from '../../domain/verification.ts'
import { readParties, readParty } from './parties.ts'

/** What the claims of any PASSporT say, RFC 8225 5. */
interface CommonClaims {
  readonly orig: PassportParty
  readonly dest: readonly PassportParty[]
  /** Whole seconds. */
  readonly iatS: number
  /** Rich call data as it came, RFC 9795; in any kind of PASSporT. */
  readonly rich: Readonly<Record<string, unknown>> | undefined
}

/** Claims by the kind of the PASSporT. */
export type PassportClaims = CommonClaims &
  (
    | { readonly kind: 'base' | 'rcd' }
    | { readonly kind: 'shaken'; readonly attestation: Attestation; readonly origId: string }
    | { readonly kind: 'div'; readonly div: PassportParty }
  )

export type PassportKind = PassportClaims['kind']

/** The kinds that are known here, by what `ppt` says; all others are ignored (RFC 8224 6.2). */
export const kindsByPpt: ReadonlyMap<string | undefined, PassportKind> = new Map([
  [undefined, 'base'],
  ['shaken', 'shaken'],
  ['div', 'div'],
  ['rcd', 'rcd'],
])

const richClaims = ['rcd', 'rcdi', 'crn'] as const
/** RFC 9562 4, in any case; RFC 8588 5 wants no particular version. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const iatMaxS = 0xffff_ffff

/** Reads the claims of one kind; undefined where one that it needs is missing or malformed. */
export function readClaims(
  claims: Readonly<Record<string, unknown>>,
  kind: PassportKind,
): PassportClaims | undefined {
  const orig = readParty(claims.orig)
  const dest = readParties(claims.dest)
  const { iat } = claims
  if (!orig || !dest || !isMoment(iat)) return undefined
  const common = { orig, dest, iatS: iat, rich: richPart(claims) }
  if (kind === 'shaken') {
    // RFC 8588 4 and 5.
    const { attest, origid } = claims
    if (!isAttestation(attest) || typeof origid !== 'string' || !uuid.test(origid)) return undefined
    return { ...common, kind, attestation: attest, origId: origid.toLowerCase() }
  }
  if (kind === 'div') {
    // RFC 8946 3: `hi`, the History-Info index, may stand beside the number.
    const div = readParty(claims.div, ['hi'])
    return div && { ...common, kind, div }
  }
  return { ...common, kind }
}

function richPart(claims: Readonly<Record<string, unknown>>): CommonClaims['rich'] {
  const given = richClaims.filter((name) => claims[name] !== undefined)
  if (given.length === 0) return undefined
  return Object.fromEntries(given.map((name) => [name, claims[name]]))
}

/** RFC 7519 2: a NumericDate; of whole seconds, RFC 8225 5.1.1. */
function isMoment(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= iatMaxS
}

function isAttestation(value: unknown): value is Attestation {
  return value === 'A' || value === 'B' || value === 'C'
}
