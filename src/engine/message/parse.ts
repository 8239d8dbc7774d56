import { textOf } from '../../kernel/byte-text.ts'
import { type Essentials, judgeHeaders } from './essentials.ts'
import { type Head, readHead } from './head.ts'
import { headBytesMax, messageBytesMax } from './limits.ts'
import type { Message, Request } from './message.ts'
import { type RequestLine, readStartLine, type StatusLine } from './start-line.ts'
import { withOneTag } from './tags.ts'

/** The answer that a request with a fault deserves. */
export type FaultStatus = 400 | 505 | 513

/** A message, or why there is none. */
export type ParseResult =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false
      /** What is wrong, fit for a reason phrase: never text of the sender's. */
      readonly reason: string
      readonly status: FaultStatus
      /**
       * There when the fault can be answered: a request that is no ACK and whose first Via can be
       * read. Its headers are as received, faults included; it has no body.
       */
      readonly salvage?: Request | undefined
    }

/** `datagram`: the bytes may hold more than the message. `stream`: they are exactly one message. */
export type Framing = 'datagram' | 'stream'

/** A head that has been read, and how long a body it says follows. */
export interface ReadHead {
  readonly head: Head
  readonly line: RequestLine | StatusLine | undefined
  readonly essentials: Essentials
}

const noBody = Buffer.alloc(0)
const carriageReturn = 13
const lineFeed = 10

/**
 * Reads one message. Never throws, for any bytes; takes time linear in their number. A returned
 * body shares memory with `bytes`.
 */
export function parseMessage(bytes: Buffer, framing: Framing): ParseResult {
  if (bytes.length > messageBytesMax) return refusal('Message too large', 513)
  const start = skipLineBreaks(bytes)
  const headEnd = findHeadEnd(bytes, start)
  if (!headEnd) return unfinished(bytes, start, framing)
  if (headEnd.at - start > headBytesMax) return headTooLarge(bytes, start, framing)
  const read = readHeadText(textOf(bytes, start, headEnd.at), framing)
  const bodyStart = headEnd.at + headEnd.size
  const available = bytes.length - bodyStart
  const { contentLength } = read.essentials
  if (framing === 'stream' && contentLength !== available) return faulty(read, 'Bad Content-Length')
  if ((contentLength ?? 0) > available) return faulty(read, 'Content-Length exceeds the message')
  // RFC 3261 18.3: bytes beyond Content-Length are discarded.
  const bodyEnd = bodyStart + (contentLength ?? available)
  return complete(read, bodyEnd === bodyStart ? noBody : bytes.subarray(bodyStart, bodyEnd))
}

/** Reads a head: everything before the empty line. */
export function readHeadText(text: string, framing: Framing): ReadHead {
  const written = readHead(text, framing === 'datagram')
  const line = readStartLine(written.startLine)
  const head = line?.kind === 'response' ? withOneToTag(written) : written
  const method = line?.kind === 'request' ? line.method : undefined
  return { head, line, essentials: judgeHeaders(head.headers, method) }
}

/**
 * RFC 3261 8.2.6.2: the To of a response is that of its request, to which a tag is added only where
 * it has none. A phone that adds one nevertheless is understood: its branch says what it answers.
 */
function withOneToTag(head: Head): Head {
  const to = head.headers.find(({ name }) => name === 'To')
  const value = to && withOneTag(to.value)
  if (value === undefined || value === to?.value) return head
  return { ...head, headers: head.headers.map((one) => (one === to ? { ...to, value } : one)) }
}

/** The message of this head and body, or what is wrong with it. */
export function complete(read: ReadHead, body: Buffer): ParseResult {
  const { line, head } = read
  if (line === undefined) return refusal('Malformed start line', 400)
  if (line.kind === 'request' && !line.versionKnown)
    return faulty(read, 'Version not supported', 505)
  const lineFault = line.kind === 'request' ? line.fault : undefined
  const fault = head.fault ?? lineFault ?? read.essentials.fault
  if (fault !== undefined) return faulty(read, fault, head.isTooLarge ? 513 : 400)
  const { headers } = head
  if (line.kind === 'request') {
    const { method, uri } = line
    return { ok: true, message: { kind: 'request', method, uri, headers, body } }
  }
  const { status, reason } = line
  return { ok: true, message: { kind: 'response', status, reason, headers, body } }
}

/** The refusal of a message whose head could be read, with what is needed to answer it. */
export function faulty(read: ReadHead, reason: string, status: FaultStatus = 400): ParseResult {
  return { ok: false, reason, status, salvage: salvage(read) }
}

/** The refusal of a head beyond its limit. What lies within it is enough for an answer, mostly. */
export function headTooLarge(bytes: Buffer, start: number, framing: Framing): ParseResult {
  const text = textOf(bytes, start, start + headBytesMax)
  const lines = text.slice(0, Math.max(0, text.lastIndexOf('\n')))
  const whole = lines.endsWith('\r') ? lines.slice(0, -1) : lines
  return faulty(readHeadText(whole, framing), 'Headers too large', 513)
}

/** The refusal of bytes that can't be answered. */
export function refusal(reason: string, status: FaultStatus): ParseResult {
  return { ok: false, reason, status }
}

/** The position after the line breaks that may precede a message (RFC 3261 7.5). */
export function skipLineBreaks(bytes: Buffer): number {
  let at = 0
  while (bytes[at] === carriageReturn || bytes[at] === lineFeed) at++
  return at
}

/** RFC 3261 17.1.1.3: an ACK is never answered. */
function salvage({ head, line, essentials }: ReadHead): Request | undefined {
  if (head.unreadable || !essentials.answerable) return undefined
  if (line?.kind !== 'request' || line.method === 'ACK') return undefined
  const { method, uri } = line
  return { kind: 'request', method, uri, headers: head.headers, body: noBody }
}

/** A datagram without its empty line may have lost its end: it is refused, and told so. */
function unfinished(bytes: Buffer, start: number, framing: Framing): ParseResult {
  const reason = 'No end of headers'
  if (framing === 'stream') return refusal(reason, 400)
  if (bytes.length - start > headBytesMax) return headTooLarge(bytes, start, framing)
  return faulty(readHeadText(textOf(bytes, start), framing), reason)
}

/** Where the empty line is, in the kind of line break that ends the first line. */
function findHeadEnd(bytes: Buffer, start: number) {
  const firstBreak = bytes.indexOf(lineFeed, start)
  if (firstBreak < 0) return undefined
  const crlf = bytes[firstBreak - 1] === carriageReturn
  const at = crlf
    ? bytes.indexOf('\r\n\r\n', start, 'latin1')
    : bytes.indexOf('\n\n', start, 'latin1')
  return at < 0 ? undefined : { at, size: crlf ? 4 : 2 }
}
