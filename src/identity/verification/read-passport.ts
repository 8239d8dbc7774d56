import type { PassportFault } from '../../domain/passport-faults.ts'
import type { CallToVerify } from '../../domain/verification.ts'
import { decodeBase64Url, decodeBase64UrlText } from './base64url.ts'
import { rebuild } from './compact-form.ts'
import { type IdentityField, parseIdentityField } from './identity-field.ts'
import { kindsByPpt, type PassportClaims, readClaims } from './passport-claims.ts'
import { parseStrictJson } from './strict-json.ts'

/** A PASSporT that has all its parts, still to be believed. */
export interface Passport {
  readonly ppt: string | undefined
  readonly claims: PassportClaims
  readonly x5u: string
  /** Complete; several where it came in compact form, and any may be it. */
  readonly jws: readonly string[]
  /** RFC 9410 4: its compact form. */
  readonly ppi: string
  /** Half of the signature: the same in every variant of it that anybody could make. */
  readonly r: string
}

/** What reading one header field came to. */
export type ReadPassport =
  | { readonly is: 'passport'; readonly passport: Passport }
  | { readonly is: 'unknown'; readonly ppt: string; readonly ppi: string }
  | {
      readonly is: 'faulty'
      readonly fault: PassportFault
      readonly ppt: string | undefined
      readonly ppi: string | undefined
    }

/** RFC 7518 3.4: r and s, 32 bytes each; DER is neither. */
const signatureBytes = 64

/** RFC 8225 4: these and no others, so that nothing in a header can lead us to another key. */
const joseMembers = new Set(['alg', 'ppt', 'typ', 'x5u'])

/** Reads one Identity header field of a call, in either form. Never throws. */
export function readPassport(value: string, call: CallToVerify): ReadPassport {
  const field = parseIdentityField(value)
  if (typeof field === 'string') return faulty(field)
  const { ppt, info } = field
  const signature = decodeBase64Url(field.signature)
  if (signature?.length !== signatureBytes) return faulty('signature_invalid', ppt)
  const ppi = `..${field.signature}`
  if (!kindsByPpt.has(ppt)) return { is: 'unknown', ppt: String(ppt), ppi }
  // RFC 8224 6.2: another algorithm is an unsupported credential; without a word it is ES256.
  if ((field.alg ?? 'ES256') !== 'ES256') return faulty('algorithm_unsupported', ppt, ppi)
  const statement = field.form === 'full' ? readFull(field) : readCompact(field, call)
  if (typeof statement === 'string') return faulty(statement, ppt, ppi)
  const r = signature.toString('base64url', 0, signatureBytes / 2)
  return { is: 'passport', passport: { ...statement, ppt, x5u: info, ppi, r } }
}

type Statement = Pick<Passport, 'claims' | 'jws'>

function readFull(field: IdentityField): Statement | PassportFault {
  const fault = headerFault(field)
  if (fault) return fault
  const { header, payload, signature } = field
  const claims = claimsOf(field)
  return claims ? { claims, jws: [`${header}.${payload}.${signature}`] } : 'claims_invalid'
}

/** `attest`, `origid`, `div` and `rcd` stand nowhere else: RFC 8588, 8946 and 9795 want full form. */
function readCompact(field: IdentityField, call: CallToVerify): Statement | PassportFault {
  const rebuilt = field.ppt === undefined ? rebuild(field, call) : undefined
  return rebuilt ?? 'not_reconstructible'
}

function faulty(fault: PassportFault, ppt?: string, ppi?: string): ReadPassport {
  return { is: 'faulty', fault, ppt, ppi }
}

function headerFault(field: IdentityField): PassportFault | undefined {
  const text = decodeBase64UrlText(field.header)
  const header = text === undefined ? undefined : parseStrictJson(text)
  if (!header || Object.keys(header).some((name) => !joseMembers.has(name))) {
    return 'jose_header_invalid'
  }
  if (header.alg !== 'ES256') return 'algorithm_unsupported'
  // RFC 8224 4.1: what stands in the field and in what is signed has to be the same.
  const agrees = header.typ === 'passport' && header.x5u === field.info && header.ppt === field.ppt
  return agrees ? undefined : 'jose_header_invalid'
}

function claimsOf(field: IdentityField): PassportClaims | undefined {
  const text = decodeBase64UrlText(field.payload)
  const claims = text === undefined ? undefined : parseStrictJson(text)
  const kind = kindsByPpt.get(field.ppt)
  return claims && kind && readClaims(claims, kind)
}
