import type { CanonicalNumber } from '../domain/number.ts'
import { listEntries } from './address-list.ts'
import { parseNameAddr } from './caller-number.ts'
import { canonicalNumber, type Home, isEmergency } from './canonical-number.ts'

/** More stops than any honest call makes. */
const divertersMax = 5

/** Where a call says that it has been, as received, one entry a header field. */
export interface DiversionHeaders {
  /** RFC 5806 Diversion. */
  readonly diversions: readonly string[]
  /** RFC 7044 History-Info. */
  readonly histories: readonly string[]
}

/**
 * The numbers that a call was diverted from, the first one called first, as the caller tells it;
 * none where it tells of none, or of anything that is no number. Diversion counts before History-Info
 * (RFC 7544 has one made of the other).
 */
export function divertersOf(
  { diversions, histories }: DiversionHeaders,
  called: CanonicalNumber,
  home: Home,
): readonly CanonicalNumber[] {
  // RFC 5806 4.1.1: the latest diversion stands first.
  const told = listEntries(diversions)?.toReversed()
  const stops = told?.length === 0 ? listEntries(histories) : told
  if (!stops) return []
  const numbers = stops.map((entry) => numberOf(entry, home))
  if (numbers.length > divertersMax + 1 || numbers.includes(undefined)) return []
  const path = (numbers as CanonicalNumber[]).filter(
    // RFC 7044 has an entry for each hop, also where the number stays the same.
    ({ e164 }, at, all) => e164 !== all[at - 1]?.e164,
  )
  // RFC 7044 9.2: the last entry is where the call goes now.
  if (told?.length === 0 && path.at(-1)?.e164 === called.e164) path.pop()
  const isLoop = path.some(({ e164 }) => e164 === called.e164)
  return isLoop || path.length > divertersMax ? [] : path
}

function numberOf(entry: string, home: Home): CanonicalNumber | undefined {
  const address = parseNameAddr(entry)
  // RFC 7044 5: Reason and Privacy of an entry stand in its URI's header part.
  const uri = address?.uri.split('?', 1)[0] ?? ''
  const result = canonicalNumber(uri, home)
  return result.ok && !isEmergency(result.number) ? result.number : undefined
}
