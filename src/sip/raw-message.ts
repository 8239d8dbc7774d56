import { byteLengthOf, bytesOf, textOf } from '../kernel/byte-text.ts'

/** One header field as received: full name in lower case, value unfolded and trimmed. */
export interface Field {
  readonly name: string
  readonly value: string
}

/** More header fields than a real message over ten hops has; the engine's own limit is the same. */
export const fieldsMax = 256
/** Start line and header section together, characters. */
export const headCharsMax = 32_768

/** RFC 3261 7.3.3 and the registrations since: the one-letter names. */
// biome-ignore format: a table
const fullNames: Readonly<Record<string, string>> = {
  a: 'accept-contact', b: 'referred-by', c: 'content-type', d: 'request-disposition',
  e: 'content-encoding', f: 'from', i: 'call-id', j: 'reject-contact', k: 'supported',
  l: 'content-length', m: 'contact', n: 'identity-info', o: 'event', r: 'refer-to',
  s: 'subject', t: 'to', u: 'allow-events', v: 'via', x: 'session-expires', y: 'identity',
}

const lf = 10
const cr = 13
const space = 32
const tab = 9

/**
 * A SIP message read from its text, without trust in anyone's convenience getters: every header
 * field on its own, in order, nothing joined and nothing decoded. Never throws. Where a line ends is
 * taken as widely as any parser takes it (CRLF, LF, CR), so that no field hides from us that another
 * element sees.
 */
export class RawMessage {
  readonly startLine: string
  readonly fields: readonly Field[]
  readonly body: string
  /** Some of the head lies beyond the limits and was not read. */
  readonly truncated: boolean

  constructor(raw: string) {
    const fields: Field[] = []
    const startEnd = lineEnd(raw, 0)
    this.startLine = raw.slice(0, startEnd)
    const at = readFields(raw, afterLine(raw, startEnd), fields)
    this.truncated = at < 0
    this.fields = fields
    this.body = at < 0 ? '' : bodyFrom(raw, at, this.first('content-length'))
  }

  /** The value of the first field of that (lower-case) name. */
  first(name: string): string | undefined {
    for (const field of this.fields) if (field.name === name) return field.value
    return undefined
  }

  /** The values of all fields of that (lower-case) name, in order. */
  all(name: string): string[] {
    const values: string[] = []
    for (const field of this.fields) if (field.name === name) values.push(field.value)
    return values
  }

  /** How many fields have that (lower-case) name. */
  count(name: string): number {
    let count = 0
    for (const field of this.fields) if (field.name === name) count++
    return count
  }
}

/** Reads fields up to the empty line; answers where the body starts, or -1 past a limit. */
function readFields(raw: string, from: number, fields: Field[]): number {
  const limit = Math.min(raw.length, headCharsMax)
  let at = from
  let colon = -1
  while (at < limit) {
    let end = lineEnd(raw, at)
    if (end === at) return afterLine(raw, end)
    // Looked for only when passed, so that lines without one don't make this quadratic.
    if (colon < at) colon = raw.indexOf(':', at)
    if (colon < 0) colon = raw.length
    const value = colon < end ? trimmed(raw, colon + 1, end) : undefined
    let lines: string[] | undefined
    const nameStart = at
    at = afterLine(raw, end)
    // RFC 3261 7.3.1: a line that starts with blank space continues the one before it.
    while (at < limit && isBlank(raw.charCodeAt(at))) {
      end = lineEnd(raw, at)
      lines ??= [value ?? '']
      lines.push(trimmed(raw, at, end))
      at = afterLine(raw, end)
    }
    if (value === undefined) continue
    if (fields.length === fieldsMax) return -1
    const name = trimmed(raw, nameStart, colon).toLowerCase()
    fields.push({
      name: (name.length === 1 && fullNames[name]) || name,
      value: lines ? lines.filter(Boolean).join(' ') : value,
    })
  }
  return at >= headCharsMax ? -1 : at
}

/** RFC 3261 25.1: space and tab are blank; whatever else Unicode calls so is part of a value. */
function trimmed(raw: string, from: number, to: number): string {
  let [start, end] = [from, to]
  while (start < end && isBlank(raw.charCodeAt(start))) start++
  while (end > start && isBlank(raw.charCodeAt(end - 1))) end--
  return raw.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === space || code === tab
}

function lineEnd(raw: string, from: number): number {
  for (let at = from; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    if (code === cr || code === lf) return at
  }
  return raw.length
}

function afterLine(raw: string, end: number): number {
  return raw.charCodeAt(end) === cr && raw.charCodeAt(end + 1) === lf ? end + 2 : end + 1
}

/** RFC 3261 18.3: over a datagram, what lies beyond Content-Length is not part of the message. */
function bodyFrom(raw: string, at: number, contentLength: string | undefined): string {
  const body = raw.slice(at)
  const declared = decimal(contentLength)
  if (body === '' || declared < 0 || declared >= body.length * 3) return body
  if (declared >= byteLengthOf(body)) return body
  return textOf(bytesOf(body).subarray(0, declared))
}

/** The whole number that the text is, at most six digits; -1 where it is none. */
export function decimal(text: string | undefined): number {
  if (text === undefined || text.length === 0 || text.length > 6) return -1
  let value = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** The number in a message's CSeq, -1 where there is none. RFC 3261 20.16: leading zeros count for nothing. */
export function sequenceOf(message: RawMessage): number {
  const number = /^\d{1,10}(?=[ \t])/.exec(message.first('cseq') ?? '')
  return number ? Number(number[0]) : -1
}
