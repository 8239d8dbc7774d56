import type { CanonicalNumber } from '../domain/number.ts'
import { canonicalNumber, type Home, isEmergency } from './canonical-number.ts'

export type CallerRefusal = 'caller_id_anonymous' | 'caller_id_not_allowed'

export type CallerResult =
  | { readonly ok: true; readonly number: CanonicalNumber }
  | { readonly ok: false; readonly reason: CallerRefusal }

/** The headers in which a caller says who calls, as received. */
export interface CallerHeaders {
  readonly from: string
  readonly privacy: readonly string[]
}

interface NameAddr {
  readonly display: string
  readonly uri: string
}

const headerLengthMax = 1024

/** RFC 3323 4.1.1.3 and RFC 3261 8.1.1.3: a From that names nobody. */
const anonymousUri = /^sips?:anonymous(?:[:;@]|$)|[@:]anonymous\.invalid(?:[:;?]|$)/i

/** RFC 3323 4.2 and RFC 3325 9.3: the privacies that withhold who calls. */
const withholding = new Set(['id', 'user', 'header'])

/**
 * The number that the caller presents, in From alone. P-Asserted-Identity counts only between those
 * who trust each other (RFC 3325 5), and a tenant is not trusted with its own name.
 */
export function callerNumber(headers: CallerHeaders, home: Home): CallerResult {
  const from = parseNameAddr(headers.from)
  if (!from) return { ok: false, reason: 'caller_id_not_allowed' }
  if (isAnonymous(from) || headers.privacy.some(withholds)) {
    return { ok: false, reason: 'caller_id_anonymous' }
  }
  const result = canonicalNumber(from.uri, presented(home))
  if (!result.ok || isEmergency(result.number)) {
    return { ok: false, reason: 'caller_id_not_allowed' }
  }
  return { ok: true, number: result.number }
}

/** Nobody presents the digits that lead out of the house. */
function presented({ homeRegion, dialPlan }: Home): Home {
  return { homeRegion, dialPlan: dialPlan && { ...dialPlan, outsideLine: '' } }
}

function isAnonymous(from: NameAddr): boolean {
  return from.display.toLowerCase() === 'anonymous' || anonymousUri.test(from.uri)
}

function withholds(privacy: string): boolean {
  return privacy.split(/[;,]/).some((value) => withholding.has(value.trim().toLowerCase()))
}

/** RFC 3261 20.20, 25.1: `name-addr` or `addr-spec`, then parameters. Undefined when it is neither. */
function parseNameAddr(header: string): NameAddr | undefined {
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
