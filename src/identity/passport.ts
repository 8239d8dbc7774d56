import type { Attestation } from '../domain/attestation.ts'
import type { RichCallData } from '../domain/verification.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'

/** The extensions of PASSporT that are signed here: RFC 8588, 8946 and 9795. */
export type Extension = 'shaken' | 'div' | 'rcd'

/** RFC 8225 4 and 8588 4. A type and not an interface: jose takes it where it wants any member. */
export type PassportHeader = {
  readonly alg: 'ES256'
  readonly ppt?: Extension
  readonly typ: 'passport'
  readonly x5u: string
}

/** Claims by name, still to be put in order. */
export type Claims = Readonly<Record<string, unknown>>

/** What a call's PASSporT says. */
export interface ShakenStatement {
  readonly attestation: Attestation
  /** E.164 with `+`, or a SIP URI. */
  readonly origE164: string
  /** E.164 with `+`, or a SIP URI. */
  readonly destE164: string
  /** RFC 8588 5: a UUID that stands for where the call came in. */
  readonly origId: string
}

/** RFC 9795: what the callee is to be shown, and where it stands. */
export interface RcdStatement {
  readonly data: RichCallData
  /** `shaken`: beside the other claims of the call; `rcd`: in a PASSporT of its own. */
  readonly ppt: 'shaken' | 'rcd'
}

/** RFC 8946: where a call has been before, hop by hop, the first one called first. */
export interface DivStatement {
  /** The `orig` of the PASSporT that the call came with, as it stands there. */
  readonly orig: unknown
  /** Each the number that was called and the one that it was diverted to, E.164 with `+`. */
  readonly hops: readonly { readonly from: string; readonly to: string }[]
}

/** All that is signed of one call. */
export interface CallStatement extends ShakenStatement {
  /** Whose certificate signs, where the tenant has one. */
  readonly tenantId?: string | undefined
  readonly rcd?: RcdStatement | undefined
  /** Of a call that comes signed by others, and is vouched for no further than where it has been. */
  readonly div?: DivStatement | undefined
}

/** One PASSporT, still to be signed. */
export interface Passport {
  readonly ppt: Extension
  readonly claims: Claims
}

const e164 = /^\+\d{1,15}$/
/** RFC 3261 25.1, without password and parameters. */
const sipUri = /^sips?:([^\s:;?@<>"]+)@(\[[\da-f:.]+\]|[\w.-]+)(?=[:;?]|$)/i

/** A header whose members stand in the order that RFC 8225 9 wants when printed as they are. */
export function passportHeader(x5u: string, ppt?: Extension): PassportHeader {
  return ppt ? { alg: 'ES256', ppt, typ: 'passport', x5u } : { alg: 'ES256', typ: 'passport', x5u }
}

/** The PASSporTs of one call, in the order in which they are sent. Throws as `shakenClaims`. */
export function passportsOf(statement: CallStatement, issuedAtS: number): Passport[] {
  const { div, rcd } = statement
  if (div) return div.hops.map((hop) => ({ ppt: 'div', claims: divClaims(div, hop, issuedAtS) }))
  const shaken = shakenClaims(statement, issuedAtS)
  if (!rcd) return [{ ppt: 'shaken', claims: shaken }]
  const { dest, iat, orig } = shaken
  const shown = rcdClaims(rcd.data)
  return rcd.ppt === 'shaken'
    ? [{ ppt: 'shaken', claims: { ...shaken, ...shown } }]
    : [
        { ppt: 'shaken', claims: shaken },
        { ppt: 'rcd', claims: { dest, iat, orig, ...shown } },
      ]
}

/**
 * The claims of RFC 8588 for one call. `iat` is a number of seconds (RFC 7519 4.1.6; errata 5985
 * and 6656: the RFCs' own examples quote it), `dest` always a list (RFC 8225 5.2.1). Throws
 * RangeError on what is neither a number in E.164 nor a SIP URI.
 */
export function shakenClaims(statement: ShakenStatement, issuedAtS: number): Claims {
  const { attestation, origE164, destE164, origId } = statement
  return {
    attest: attestation,
    dest: destination(destE164),
    iat: issuedAtS,
    orig: partyOf(origE164),
    origid: origId,
  }
}

/** RFC 8946 3: `orig` as it was, `div` who was called before, `dest` who is called now. */
function divClaims(
  { orig }: DivStatement,
  { from, to }: DivStatement['hops'][number],
  issuedAtS: number,
): Claims {
  return { dest: destination(to), div: partyOf(from), iat: issuedAtS, orig }
}

/** RFC 9795 5 and 6: name and logo, the digest of what the logo's address leads to, and why. */
function rcdClaims({ name, iconUrl, iconDigest, reason }: RichCallData): Claims {
  return {
    crn: reason,
    rcd: { icn: iconUrl, nam: name },
    rcdi: iconUrl && iconDigest ? { '/icn': iconDigest } : undefined,
  }
}

/** RFC 8225 9: the bytes that are signed have their keys in lexicographic order and no whitespace. */
export function encodeClaims(claims: Claims): Uint8Array {
  return Buffer.from(canonicalJson(claims))
}

/**
 * One end of a call as RFC 8224 8 wants it. 8.3: of a number the digits alone, so E.164's `+` goes.
 * 8.5: of anything else the address of record, its host in lower case, no port and no parameters.
 */
export function partyOf(address: string): { readonly tn: string } | { readonly uri: string } {
  if (e164.test(address)) return { tn: address.slice(1) }
  const [, user, host] = sipUri.exec(address) ?? []
  if (!user || !host) throw new RangeError('only a number in E.164 or a SIP URI can be signed')
  return { uri: `sip:${user}@${host.toLowerCase()}` }
}

function destination(address: string): Claims {
  const party = partyOf(address)
  return 'tn' in party ? { tn: [party.tn] } : { uri: [party.uri] }
}
