import { decimal, type RawMessage } from './raw-message.ts'

/** A Contact of a REGISTER. */
export interface AskedContact {
  readonly uri: string
  /** Without brackets; lower case. */
  readonly host: string
  /** How long it is to last, seconds; 0: no longer. Undefined: as long as the registrar likes. */
  readonly expiresS: number | undefined
}

/** What a REGISTER asks for. RFC 3261 10.2. */
export type Asked =
  /** Which bindings there are. */
  | { readonly kind: 'list' }
  /** That all be taken away. */
  | { readonly kind: 'clear' }
  | { readonly kind: 'bind'; readonly contacts: readonly AskedContact[] }
  | { readonly kind: 'malformed' }

/** More Contacts than one PBX has. */
const contactsMax = 4
const charsMax = 512

/** One entry of a Contact list: in quotes and brackets commas part nothing. */
const entry = /(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+/g
const bracketed = /^(?:"(?:[^"\\]|\\.)*"\s*|[^"<>]*)<([^<>]*)>\s*((?:;.*)?)$/
const sipUri =
  /^sips?:(?:[\w!~*'().&=+$,;?/%-]{1,64}@)?(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]{1,253})(?::\d{1,5})?(?:;[\w;=.~*%!-]*)?$/i
/** RFC 3263 4: it would lead elsewhere than the host. */
const maddrParam = /;maddr=/i
const expiresParam = /;\s*expires\s*=\s*"?(\d+)"?/i

/** Reads what a REGISTER asks for. Never throws. */
export function askedOf(message: RawMessage): Asked {
  const fields = message.all('contact')
  const overall = message.first('expires')
  if (fields.length === 0) return { kind: 'list' }
  if (fields.some((field) => field.length > charsMax)) return { kind: 'malformed' }
  // RFC 3261 10.2.2: the star stands alone, and with Expires 0.
  if (fields.some((field) => field.trim() === '*')) {
    return { kind: fields.length === 1 && overall?.trim() === '0' ? 'clear' : 'malformed' }
  }
  const read = fields.flatMap((field) => field.match(entry) ?? []).map((text) => contactOf(text))
  const contacts = read.filter((contact) => contact !== undefined)
  if (contacts.length < read.length || contacts.length > contactsMax || contacts.length === 0) {
    return { kind: 'malformed' }
  }
  const usual = secondsOf(overall)
  return {
    kind: 'bind',
    contacts: contacts.map((one) => ({ ...one, expiresS: one.expiresS ?? usual })),
  }
}

function contactOf(text: string): AskedContact | undefined {
  const trimmed = text.trim()
  const [, inBrackets, after = ''] = bracketed.exec(trimmed) ?? []
  // RFC 3261 20.10: without brackets, what follows a semicolon belongs to the header.
  const [bare = '', ...params] = trimmed.split(';')
  const uri = inBrackets ?? bare
  const host = sipUri.exec(uri)?.[1]
  if (host === undefined || maddrParam.test(uri)) return undefined
  const own = expiresParam.exec(inBrackets === undefined ? `;${params.join(';')}` : after)?.[1]
  return { uri, host: host.replace(/[[\]]/g, '').toLowerCase(), expiresS: secondsOf(own) }
}

/** RFC 3261 20.19: what is no number of seconds says nothing. */
function secondsOf(text: string | undefined): number | undefined {
  const seconds = text === undefined ? -1 : decimal(text.trim().slice(0, 6))
  return seconds < 0 ? undefined : seconds
}
