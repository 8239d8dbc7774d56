import type { CallToVerify, PassportParty } from '../../domain/verification.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { passportHeader } from '../passport.ts'
import { parseSipDate } from './freshness.ts'
import type { IdentityField } from './identity-field.ts'
import type { PassportClaims } from './passport-claims.ts'

/** What a compact form must have been made of: its claims, and the JWS they may have given. */
export interface Rebuilt {
  readonly claims: PassportClaims
  /** One for each thing that the callee may have been called; a valid one proves itself. */
  readonly jws: readonly string[]
}

const millisecondsOfSecond = 1000

/**
 * Completes a PASSporT in compact form from the call that it came with, RFC 8224 4.1 and RFC 8225 7:
 * the moment from Date, caller and callee from the call, everything in the order of RFC 8225 9.
 * Undefined where the call lacks one of them. Only a base PASSporT can be completed so.
 */
export function rebuild(field: IdentityField, call: CallToVerify): Rebuilt | undefined {
  const { orig, dest, dateHeader } = call
  const atMs = dateHeader === undefined ? undefined : parseSipDate(dateHeader)
  if (atMs === undefined || !orig || dest.length === 0) return undefined
  const iatS = atMs / millisecondsOfSecond
  const header = encode(passportHeader(field.info))
  const jws = dest.map((callee) => {
    const claims = { dest: listed(callee), iat: iatS, orig: canonical(orig) }
    return `${header}.${encode(claims)}.${field.signature}`
  })
  const claims: PassportClaims = { kind: 'base', orig, dest, iatS, rich: undefined }
  return { claims, jws }
}

function encode(value: Readonly<Record<string, unknown>>): string {
  return Buffer.from(canonicalJson(value)).toString('base64url')
}

/** RFC 8224 8.3: no `+`. */
function canonical(party: PassportParty): PassportParty {
  return 'tn' in party ? { tn: party.tn.replace(/^\+/, '') } : party
}

function listed(party: PassportParty): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(canonical(party)).map(([name, text]) => [name, [text]]))
}
