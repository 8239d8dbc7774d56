import type { RichCallData } from '../../domain/verification.ts'

const nameCharsMax = 256
const reasonCharsMax = 256
/** RFC 9795 6.1: digest of a resource, with the algorithms it allows. */
const digest = /^sha(?:256-[A-Za-z0-9+/]{43}=|384-[A-Za-z0-9+/]{64}|512-[A-Za-z0-9+/]{86}==)$/
/** RFC 6901. */
const pointer = /^(?:\/(?:[^/~]|~[01])*)+$/
const httpsUrl = /^https:\/\/[\x21-\x7e]{1,1024}$/

/**
 * What the rich call data of a PASSporT says, or undefined where it breaks RFC 9795: 5.1 wants `nam`
 * in `rcd` and one of `jcd` and `jcl` at most, 6.1 wants digests by JSON pointer in `rcdi`. Contents
 * by reference are told only where a digest protects them (8.2); nothing is fetched.
 */
export function readRichCallData(
  claims: Readonly<Record<string, unknown>>,
): RichCallData | undefined {
  const { rcd, rcdi, crn } = claims
  const reason = crn === undefined ? undefined : shortText(crn, reasonCharsMax)
  const digests = rcdi === undefined ? {} : readDigests(rcdi)
  if (!digests || (crn !== undefined && reason === undefined)) return undefined
  // RFC 9795 5.1.4: `crn` may come without `rcd`.
  if (rcd === undefined) return reason && rcdi === undefined ? { name: '', reason } : undefined
  if (!isObject(rcd)) return undefined
  const name = shortText(rcd.nam, nameCharsMax)
  if (name === undefined || (rcd.jcd !== undefined && rcd.jcl !== undefined)) return undefined
  if (!areWellFormed(rcd)) return undefined
  const iconDigest = digests['/icn']
  const isIcon = typeof rcd.icn === 'string' && httpsUrl.test(rcd.icn) && iconDigest !== undefined
  return { name, reason, ...(isIcon ? { iconUrl: String(rcd.icn), iconDigest } : {}) }
}

function areWellFormed({ apn, icn, jcd, jcl }: Readonly<Record<string, unknown>>): boolean {
  const areTexts = [apn, icn, jcl].every(
    (value) => value === undefined || typeof value === 'string',
  )
  return areTexts && (jcd === undefined || isObject(jcd) || Array.isArray(jcd))
}

function readDigests(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value)
  const areDigests = entries.every(
    ([at, text]) => pointer.test(at) && typeof text === 'string' && digest.test(text),
  )
  return entries.length > 0 && areDigests ? (value as Record<string, string>) : undefined
}

/** Text to be shown to people: nothing in it that moves a cursor or turns a line around. */
function shortText(value: unknown, charsMax: number): string | undefined {
  const isShown =
    typeof value === 'string' &&
    value.length <= charsMax &&
    !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(value)
  return isShown ? value : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
