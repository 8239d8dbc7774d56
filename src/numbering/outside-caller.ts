import type { OutsideCaller } from '../domain/outside-caller.ts'
import { readPrivacy } from '../domain/privacy.ts'
import { listEntries } from './address-list.ts'
import { isAnonymous, type NameAddr, parseNameAddr } from './caller-number.ts'
import { canonicalNumber, type Home, isEmergency } from './canonical-number.ts'

/** The headers in which a carrier says who calls, as received. */
export interface CarrierHeaders {
  readonly from: string
  readonly assertedIdentities: readonly string[]
  readonly privacy: readonly string[]
}

const displayCharsMax = 64

/** What stands before the host of a sip URI, or after `tel:`. */
const userPart = /^(?:sips?:([^@:;?]+)(?:;[^@]*)?@|tel:([^;]+))/i
/** Numbers of no plan that we know: short codes, extensions, names. RFC 3261 25.1, and no escapes. */
const harmlessUser = /^[A-Za-z0-9+*_.-]{1,32}$/
/** What a name shown to people holds: letters of any script, and nothing that ends or turns a line. */
const showable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u

const nobody: OutsideCaller = { e164: undefined, user: undefined, display: undefined, hidden: true }

/**
 * Who calls, as a carrier says: in P-Asserted-Identity, which counts between those who trust each
 * other (RFC 3325 5), else in From. Never refuses: a call without a number is a call.
 */
export function outsideCaller(headers: CarrierHeaders, home: Home): OutsideCaller {
  const from = parseNameAddr(headers.from)
  const [asserted] = headers.assertedIdentities.flatMap(addressesOf)
  const said = asserted ?? from
  // RFC 3323 4.1.1.3: who hides in From alone hides as well; with a number asserted it is withheld.
  const hidden = readPrivacy(headers.privacy).withholds || !from || isAnonymous(from)
  if (!said || isAnonymous(said)) return nobody
  const canonical = canonicalNumber(said.uri, home)
  const e164 = canonical.ok && !isEmergency(canonical.number) ? canonical.number.e164 : undefined
  const user = e164 ?? harmless(said.uri)
  return { e164, user, display: displayOf(said) ?? (from && displayOf(from)), hidden }
}

/** RFC 3325 9.1: one entry is a sip, the other a tel URI; of several the first counts. */
function addressesOf(header: string): NameAddr[] {
  return (listEntries([header]) ?? []).flatMap((text) => parseNameAddr(text) ?? [])
}

function harmless(uri: string): string | undefined {
  const [, ofSip, ofTel] = userPart.exec(uri) ?? []
  const user = ofSip ?? ofTel ?? ''
  return harmlessUser.test(user) ? user : undefined
}

function displayOf({ display }: NameAddr): string | undefined {
  return display.length <= displayCharsMax && showable.test(display) ? display : undefined
}
