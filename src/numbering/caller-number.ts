import type { CanonicalNumber } from '../domain/number.ts'
import { readPrivacy } from '../domain/privacy.ts'
import { listEntries } from './address-list.ts'
import { canonicalNumber, type Home, isEmergency } from './canonical-number.ts'

export type CallerRefusal = 'caller_id_anonymous' | 'caller_id_not_allowed'

/** Where a caller's number was found. */
export type CallerHeader = 'From' | 'P-Preferred-Identity' | 'P-Asserted-Identity'

export type CallerResult = {
  /** The callee is not to learn who calls. */
  readonly withheld: boolean
  readonly header: CallerHeader
} & (
  | { readonly ok: true; readonly number: CanonicalNumber }
  | { readonly ok: false; readonly reason: CallerRefusal }
)

/** The headers in which a caller says who calls, as received. */
export interface CallerHeaders {
  readonly from: string
  readonly privacy: readonly string[]
  readonly preferredIdentities: readonly string[]
  readonly assertedIdentities: readonly string[]
}

/** An address with the name that stands before it; '' where none does. */
export interface NameAddr {
  readonly display: string
  readonly uri: string
}

const headerLengthMax = 1024

/** RFC 3323 4.1.1.3 and RFC 3261 8.1.1.3: a From that names nobody. */
const anonymousUri = /^sips?:anonymous(?:[:;@]|$)|[@:]anonymous\.invalid(?:[:;?]|$)/i

/** RFC 3325 9.1: two identities at most, a SIP URI and a tel URI. */
const identitiesMax = 2

/**
 * The number that the caller presents: that of From, and where From names nobody, the first of those
 * that it prefers to be known by or says to be. Neither is believed (RFC 3325 5: a tenant is not
 * trusted with its own name): whose number it is has to be looked up like that of From.
 */
export function callerNumber(headers: CallerHeaders, home: Home): CallerResult {
  const { withholds } = readPrivacy(headers.privacy)
  const from = parseNameAddr(headers.from)
  if (!from) return refusal('caller_id_not_allowed', withholds)
  const withheld = withholds || isAnonymous(from)
  const number = anonymousUri.test(from.uri) ? undefined : numberOf(from, home)
  if (number) return { ok: true, number, withheld, header: 'From' }
  if (!isAnonymous(from)) return refusal('caller_id_not_allowed', withheld)
  return hiddenNumber(headers, home) ?? refusal('caller_id_anonymous', true)
}

function hiddenNumber(headers: CallerHeaders, home: Home): CallerResult | undefined {
  const { preferredIdentities, assertedIdentities } = headers
  const told = [
    ...(listEntries(preferredIdentities) ?? []).map(
      (one) => ['P-Preferred-Identity', one] as const,
    ),
    ...(listEntries(assertedIdentities) ?? []).map((one) => ['P-Asserted-Identity', one] as const),
  ]
  for (const [header, value] of told.slice(0, identitiesMax)) {
    const identity = parseNameAddr(value)
    const number = identity && numberOf(identity, home)
    if (number) return { ok: true, number, withheld: true, header }
  }
  return undefined
}

function numberOf({ uri }: NameAddr, home: Home): CanonicalNumber | undefined {
  const result = canonicalNumber(uri, presented(home))
  return result.ok && !isEmergency(result.number) ? result.number : undefined
}

function refusal(reason: CallerRefusal, withheld: boolean): CallerResult {
  return { ok: false, reason, withheld, header: 'From' }
}

/** Nobody presents the digits that lead out of the house. */
function presented({ homeRegion, dialPlan }: Home): Home {
  return { homeRegion, dialPlan: dialPlan && { ...dialPlan, outsideLine: '' } }
}

/** Whether the address names nobody. RFC 3323 4.1.1.3. */
export function isAnonymous(from: NameAddr): boolean {
  return from.display.toLowerCase() === 'anonymous' || anonymousUri.test(from.uri)
}

/** RFC 3261 20.20, 25.1: `name-addr` or `addr-spec`, then parameters. Undefined when it is neither. */
export function parseNameAddr(header: string): NameAddr | undefined {
  if (header.length > headerLengthMax) return undefined
  const text = header.trim()
  if (text.startsWith('"')) return parseQuotedName(text)
  const open = text.indexOf('<')
  // RFC 3261 20: without brackets, what follows a semicolon belongs to the header.
  if (open < 0) return { display: '', uri: text.split(';', 1)[0]?.trimEnd() ?? '' }
  const display = text.slice(0, open).trim()
  return display.includes('"') ? undefined : withUri(display, text.slice(open))
}

function parseQuotedName(text: string): NameAddr | undefined {
  let display = ''
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '"') return withUri(display.trim(), text.slice(at + 1).trimStart())
    display += character === '\\' ? text.charAt(++at) : character
  }
  return undefined
}

/** `<uri>`, and after it nothing but parameters. */
function withUri(display: string, bracketed: string): NameAddr | undefined {
  const close = bracketed.indexOf('>')
  if (!bracketed.startsWith('<') || close < 0) return undefined
  const uri = bracketed.slice(1, close)
  const after = bracketed.slice(close + 1).trimStart()
  if (uri.includes('<') || (after !== '' && !after.startsWith(';'))) return undefined
  return { display, uri }
}
