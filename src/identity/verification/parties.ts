import type { PassportParty } from '../../domain/verification.ts'

const identitiesMax = 64
const identityCharsMax = 1024

/** RFC 8224 8.3: digits, and `*` and `#` for codes; no `+`, no separators. */
const canonicalTn = /^[0-9*#]{1,15}$/
/** RFC 8225 5.2.1.2: an absolute URI. */
const absoluteUri = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/

/** The `orig` or `div` claim: exactly one number or URI, RFC 8225 5.2.1, RFC 8946 3. */
export function readParty(
  claim: unknown,
  others: readonly string[] = [],
): PassportParty | undefined {
  const members = membersOf(claim)?.filter(([name]) => !others.includes(name))
  const [first, ...excess] = members ?? []
  return first && excess.length === 0 ? partyFrom(first[0], first[1]) : undefined
}

/** The `dest` claim: lists of numbers and URIs, none of them empty; RFC 8225 5.2.1. */
export function readParties(claim: unknown): readonly PassportParty[] | undefined {
  const parties: PassportParty[] = []
  for (const [name, list] of membersOf(claim) ?? []) {
    if (!Array.isArray(list) || list.length === 0 || list.length > identitiesMax) return undefined
    for (const value of list) {
      const party = partyFrom(name, value)
      if (!party) return undefined
      parties.push(party)
    }
  }
  return parties.length > 0 ? parties : undefined
}

/** Whether two parties are one, RFC 8224 8.3 and 8.5. */
export function isSameParty(one: PassportParty, other: PassportParty): boolean {
  return partyKey(one) === partyKey(other)
}

/** Equal for equal parties. */
export function partyKey(party: PassportParty): string {
  return 'tn' in party ? `tn:${party.tn.replace(/^\+/, '')}` : `uri:${normalUri(party.uri)}`
}

function membersOf(claim: unknown): [string, unknown][] | undefined {
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) return undefined
  return Object.entries(claim)
}

function partyFrom(name: string, value: unknown): PassportParty | undefined {
  if (typeof value !== 'string' || value.length > identityCharsMax) return undefined
  if (name === 'tn') return canonicalTn.test(value) ? { tn: value } : undefined
  if (name === 'uri') return absoluteUri.test(value) ? { uri: value } : undefined
  return undefined
}

/** RFC 8224 8.5: port, parameters and headers go, scheme and host are the same in any case. */
function normalUri(uri: string): string {
  const [bare = ''] = uri.split(/[;?]/, 1)
  const [, scheme = '', user = '', host = ''] =
    /^([^:]*):(?:(.*)@)?([^@]*?)(?::\d*)?$/.exec(bare) ?? []
  return `${scheme.toLowerCase()}:${user}@${host.toLowerCase()}`
}
