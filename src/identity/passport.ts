import type { Attestation } from '../domain/attestation.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'

/** RFC 8225 4 and 8588 4. A type and not an interface: jose takes it where it wants any member. */
export type PassportHeader = {
  readonly alg: 'ES256'
  readonly ppt?: 'shaken'
  readonly typ: 'passport'
  readonly x5u: string
}

/** Claims by name, still to be put in order. */
export type Claims = Readonly<Record<string, unknown>>

/** What a call's PASSporT says. */
export interface ShakenStatement {
  readonly attestation: Attestation
  /** E.164 with `+`. */
  readonly origE164: string
  /** E.164 with `+`. */
  readonly destE164: string
  /** RFC 8588 5: a UUID that stands for where the call came in. */
  readonly origId: string
}

const e164 = /^\+\d{1,15}$/

/** A header whose members stand in the order that RFC 8225 9 wants when printed as they are. */
export function passportHeader(x5u: string, ppt?: 'shaken'): PassportHeader {
  return ppt ? { alg: 'ES256', ppt, typ: 'passport', x5u } : { alg: 'ES256', typ: 'passport', x5u }
}

/**
 * The claims of RFC 8588 for one call. `iat` is a number of seconds (RFC 7519 4.1.6; errata 5985
 * and 6656: the RFCs' own examples quote it), `dest` always a list (RFC 8225 5.2.1). Throws
 * RangeError on a number that is not E.164.
 */
export function shakenClaims(statement: ShakenStatement, issuedAtS: number): Claims {
  const { attestation, origE164, destE164, origId } = statement
  return {
    attest: attestation,
    dest: { tn: [telephoneNumber(destE164)] },
    iat: issuedAtS,
    orig: { tn: telephoneNumber(origE164) },
    origid: origId,
  }
}

/** RFC 8225 9: the bytes that are signed have their keys in lexicographic order and no whitespace. */
export function encodeClaims(claims: Claims): Uint8Array {
  return Buffer.from(canonicalJson(claims))
}

/** RFC 8224 8.3: the canonical form has digits alone, so E.164's `+` goes. */
function telephoneNumber(number: string): string {
  if (!e164.test(number)) throw new RangeError('only an E.164 number can be signed')
  return number.slice(1)
}
