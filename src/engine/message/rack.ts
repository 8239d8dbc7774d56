import { parseDecimal, skipSpace } from './text.ts'

/** An RAck value, RFC 3262 7.2: which reliable response is acknowledged. */
export interface RAck {
  readonly rseq: number
  /** The CSeq of the response. */
  readonly sequence: number
  readonly method: string
}

/** RFC 3262 7.1: a response number is less than 2^32; RFC 3261 8.1.1.5: a CSeq less than 2^31. */
const rseqMax = 2 ** 32 - 1
const cseqMax = 2 ** 31 - 1

/** Reads `776656 1 INVITE`, whatever may follow it; undefined when it does not begin like that. */
export function parseRAck(value: string): RAck | undefined {
  const [first = '', second = '', method = ''] = words(value)
  const rseq = parseDecimal(first, rseqMax)
  const sequence = parseDecimal(second, cseqMax)
  if (rseq === undefined || sequence === undefined || method === '') return undefined
  return { rseq, sequence, method }
}

/** Reads an RSeq value, RFC 3262 7.1: 1 to 2^32-1. */
export function parseRSeq(value: string): number | undefined {
  return parseDecimal(value, rseqMax) || undefined
}

function words(value: string): string[] {
  return value.slice(skipSpace(value, 0)).split(/[ \t]+/)
}
