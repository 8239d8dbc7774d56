import { isToken, parseDecimal, skipSpace, space, tab } from './text.ts'

/** A CSeq value, RFC 3261 20.16. */
export interface CSeq {
  readonly number: number
  readonly method: string
}

/** RFC 3261 8.1.1.5: the sequence number is less than 2^31. */
const cseqMax = 2 ** 31 - 1

/** Reads `4711 INVITE`; undefined when it is anything else or the number is too large. */
export function parseCSeq(value: string): CSeq | undefined {
  let end = 0
  while (end < value.length && !isSpaceAt(value, end)) end++
  const number = parseDecimal(value.slice(0, end), cseqMax)
  const method = value.slice(skipSpace(value, end))
  if (number === undefined || !isToken(method)) return undefined
  return { number, method }
}

function isSpaceAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === space || code === tab
}
