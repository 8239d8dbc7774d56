import type { CallToVerify, PassportParty } from '../domain/verification.ts'
import { isAnonymous, parseNameAddr } from '../numbering/caller-number.ts'
import { canonicalNumber, isEmergency } from '../numbering/canonical-number.ts'

/** RFC 3261 7.3.3 and RFC 8224 4: the one-letter names. */
const compactNames: Readonly<Record<string, string>> = {
  f: 'from',
  i: 'call-id',
  t: 'to',
  y: 'identity',
}

/** How much is read of such a text: more than any SIP message. */
export const callTextBytesMax = 1_048_576

type Fields = ReadonlyMap<string, readonly string[]>

/**
 * What a text says of a call: a whole SIP request, or Identity fields alone, one a line, with their
 * name or without. Of Identity fields alone neither caller nor callee is known.
 */
export function readCallText(
  text: string,
  { homeRegion, nowMs }: { readonly homeRegion: string; readonly nowMs: number },
): CallToVerify {
  // RFC 3261 7.3.1: a line that begins with a blank belongs to the one before.
  const lines = text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const [, requestUri] = /^[A-Z]+ (\S+) SIP\/2\.0$/.exec(lines[0] ?? '') ?? []
  const call = { sipCallId: '', dateHeader: undefined, receivedAtMs: nowMs }
  if (requestUri === undefined) {
    const identityHeaders = lines
      .filter((line) => line.trim() !== '')
      .map((line) => line.replace(/^\s*(?:identity|y)[ \t]*:[ \t]*/i, ''))
    return { ...call, identityHeaders, orig: undefined, dest: [] }
  }
  const fields = fieldsOf(lines.slice(1))
  const party = (uri: string) => partyOf(uri, homeRegion)
  return {
    ...call,
    sipCallId: fields.get('call-id')?.[0] ?? '',
    identityHeaders: fields.get('identity') ?? [],
    orig: callerUri(fields).map(party)[0],
    dest: [party(requestUri)],
    dateHeader: fields.get('date')?.[0],
  }
}

/** A number in the one form that it is compared in, else the URI as it is. */
export function partyOf(uri: string, homeRegion: string): PassportParty {
  const result = canonicalNumber(uri, { homeRegion })
  return result.ok && !isEmergency(result.number) ? { tn: result.number.e164 } : { uri }
}

function fieldsOf(lines: readonly string[]): Fields {
  const fields = new Map<string, string[]>()
  for (const line of lines) {
    if (line === '') break
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    const long = compactNames[name] ?? name
    fields.set(long, [...(fields.get(long) ?? []), line.slice(colon + 1).trim()])
  }
  return fields
}

/** RFC 8224 6.2: P-Asserted-Identity where there is one, else From; one that names nobody is none. */
function callerUri(fields: Fields): readonly string[] {
  const values = [...(fields.get('p-asserted-identity') ?? []), ...(fields.get('from') ?? [])]
  return values.flatMap((value) => {
    const address = parseNameAddr(value)
    return address && !isAnonymous(address) ? [address.uri] : []
  })
}
