import { parseCSeq } from './cseq.ts'
import { messageBytesMax, viasMax } from './limits.ts'
import type { Header } from './message.ts'
import { parseNameAddr } from './name-addr.ts'
import { parseDecimal } from './text.ts'
import { parseVia } from './via.ts'

/** What RFC 3261 8.1.1 asks of every message, as far as it is there, and what is wrong with it. */
export interface Essentials {
  /** The first thing that is wrong, as a reason phrase; undefined when all is well. */
  readonly fault: string | undefined
  /** Whether the first Via can be read, so that an answer would find its way. */
  readonly answerable: boolean
  /** The body's length as declared; undefined when not declared or declared badly. */
  readonly contentLength: number | undefined
}

/** RFC 3261 20.22. */
const maxForwardsMax = 255

/** Headers that must appear, and those that must not appear twice. */
const required = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const
const single = new Set(['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards'])

/** Judges the headers of a message; `method` is a request's, undefined for a response. */
export function judgeHeaders(headers: readonly Header[], method: string | undefined): Essentials {
  const seen = new Map<string, string>()
  let fault: string | undefined
  let answerable = false
  let vias = 0
  let contentLengthBad = false
  for (const { name, value } of headers) {
    if (name === 'Via') {
      const readable = parseVia(value) !== undefined
      if (vias++ === 0) answerable = readable
      if (!readable) fault ??= 'Malformed Via'
      if (vias > viasMax) fault ??= 'Too many Via entries'
    } else if (name === 'Content-Length') {
      const other = seen.get(name) ?? value
      if (other !== value || parseDecimal(value, messageBytesMax) === undefined) {
        contentLengthBad = true
        fault ??= 'Bad Content-Length'
      }
    } else if (single.has(name)) {
      if (seen.has(name)) fault ??= `Repeated ${name}`
      fault ??= valueFault(name, value, method)
    } else continue
    if (!seen.has(name)) seen.set(name, value)
  }
  fault ??= missing(seen)
  const declared = contentLengthBad ? undefined : seen.get('Content-Length')
  const contentLength = declared === undefined ? undefined : parseDecimal(declared, messageBytesMax)
  return { fault, answerable, contentLength }
}

function missing(seen: ReadonlyMap<string, string>): string | undefined {
  for (const name of required) if (!seen.has(name)) return `Missing ${name}`
  return undefined
}

function valueFault(name: string, value: string, method: string | undefined): string | undefined {
  if (name === 'From' || name === 'To') {
    const address = parseNameAddr(value)
    return address && address.tag !== '' ? undefined : `Malformed ${name}`
  }
  if (name === 'Call-ID') return isCallId(value) ? undefined : 'Malformed Call-ID'
  if (name === 'Max-Forwards') {
    return parseDecimal(value, maxForwardsMax) === undefined ? 'Bad Max-Forwards' : undefined
  }
  const cseq = parseCSeq(value)
  if (!cseq) return 'Malformed CSeq'
  // RFC 3261 8.1.1.5.
  return method === undefined || cseq.method === method ? undefined : 'CSeq method mismatch'
}

/** RFC 3261 20.8: one word, so no white space. Empty is none at all. */
function isCallId(value: string): boolean {
  return value !== '' && value.indexOf(' ') < 0 && value.indexOf('\t') < 0
}
