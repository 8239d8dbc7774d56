import { escapedUnits } from '../kernel/escaped-units.ts'
import { hideSecrets } from '../kernel/secret.ts'

/** How much of a Request-URI is kept, characters before they are escaped. */
const lengthMax = 64
/** More than any number or key in it has; what is behind is not looked at. */
const readMax = 4_096

/** RFC 3261 19.1.1: the password in a SIP URI, which recommends against having one. */
const password = /^(sips?:[^:@]*):[^@]*@/i
/** What shows nothing of itself or moves what stands beside it, and bytes that are no UTF-8. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}\\]/gu

/**
 * What was dialled, as it came, for the record of a call that has no canonical number: the Request-URI, of
 * 64 characters at most, without credentials, every control character as JSON escapes it.
 */
export function asDialled(requestUri: string): string | undefined {
  // Hidden before it is cut: half a credential is none that can be told.
  const open = hideSecrets(requestUri.slice(0, readMax)).replace(password, '$1:[secret]@')
  return open.slice(0, lengthMax).replace(unprintable, escaped) || undefined
}

function escaped(character: string): string {
  return character === '\\' ? '\\\\' : escapedUnits(character)
}
