import type { SourceCertificate } from '../domain/attempt.ts'

/** What a frame from the engine is, as far as it must be known before drachtio-srf reads it. */
export type FrameKind =
  /** drachtio-srf can read it. */
  | { readonly kind: 'readable' }
  /** A CANCEL of the INVITE with that transaction id. */
  | {
      readonly kind: 'cancel'
      readonly transactionId: string
      /** No caller has sent it: the embedded engine has given the INVITE up. */
      readonly byEngine: boolean
      readonly text: string
    }
  /** A SIP message that drachtio-srf would choke on, and print with all it contains. */
  | {
      readonly kind: 'unreadable'
      readonly transactionId: string
      /** It is a request, other than ACK. */
      readonly wantsAnswer: boolean
    }

/** Where the embedded engine says what a client certificate has proved: docs/decisions/0042. */
const fingerprintField = 13
const nameField = 14

const fingerprintForm = /^[0-9a-f]{64}$/

/** What the frame of a new request says of its sender's client certificate. */
export function certificateOf(frame: string): SourceCertificate | undefined {
  const lineEnd = frame.indexOf('\r\n')
  const fields = (lineEnd < 0 ? frame : frame.slice(0, lineEnd)).split('|', nameField + 1)
  const fingerprint256 = fields[fingerprintField] ?? ''
  if (!fingerprintForm.test(fingerprint256)) return undefined
  return { fingerprint256, verifiedName: fields[nameField] || undefined }
}

const readable: FrameKind = { kind: 'readable' }
const sipMark = '|sip|'
const sizeField = 3
const transactionField = 8

/**
 * Looks at a frame before drachtio-srf does. It finds the INVITE of a CANCEL by Call-ID, we by
 * transaction; and it answers nothing to a message with a header line that it cannot read.
 */
export function classify(frame: string): FrameKind {
  const textAt = frame.indexOf('\r\n') + 2
  if (textAt < 2 || !frame.startsWith(sipMark, frame.indexOf('|'))) return readable
  const fields = frame.slice(0, textAt - 2).split('|', transactionField + 1)
  const transactionId = fields[transactionField]
  if (frame.startsWith('CANCEL ', textAt)) {
    // The size on the wire is the transport's word: what was sent has one, on every engine.
    const byEngine = fields[sizeField] === '0'
    return {
      kind: 'cancel',
      transactionId: transactionId ?? '',
      byEngine,
      text: frame.slice(textAt),
    }
  }
  const isRequest = !frame.startsWith('SIP/', textAt)
  const hasLine = isRequest ? hasVersion(frame, textAt) : hasPlainPhrase(frame, textAt)
  if (hasLine && hasReadableHead(frame, textAt)) return readable
  const wantsAnswer = isRequest && !frame.startsWith('ACK ', textAt)
  return { kind: 'unreadable', transactionId: transactionId ?? '', wantsAnswer }
}

/** What ends a line to a regular expression, besides CR and LF. */
const lineSeparator = /[\u2028\u2029]/
/** What is blank to a regular expression: more than SIP's space and tab. */
const anyBlank = /\s/

/** Whether a status line has none of the characters that end a line elsewhere. */
function hasPlainPhrase(frame: string, textAt: number): boolean {
  const lineEnd = frame.indexOf('\r\n', textAt)
  return !lineSeparator.test(frame.slice(textAt, lineEnd < 0 ? frame.length : lineEnd))
}

/**
 * Whether a request line has its three parts, nothing in the first that drachtio-srf would take for an
 * escape, by which it reads another method, and nothing blank within the second.
 */
function hasVersion(frame: string, textAt: number): boolean {
  const afterMethod = frame.indexOf(' ', textAt) + 1
  const afterUri = frame.indexOf(' ', afterMethod) + 1
  if (afterMethod === 0 || afterUri <= afterMethod + 1) return false
  if (frame.slice(textAt, afterMethod).includes('%')) return false
  if (!frame.startsWith('SIP/2.0', afterUri)) return false
  return !anyBlank.test(frame.slice(afterMethod, afterUri - 1))
}

/** Whether each header line has a name of ASCII without blank space, and then a colon. */
function hasReadableHead(frame: string, textAt: number): boolean {
  const headEnd = frame.indexOf('\r\n\r\n', textAt)
  const end = headEnd < 0 ? frame.length : headEnd
  let at = nextLine(frame, textAt, end)
  while (at < end) {
    if (!isBlank(frame.charCodeAt(at)) && !hasName(frame, at, end)) return false
    at = nextLine(frame, at, end)
  }
  return true
}

function hasName(frame: string, from: number, end: number): boolean {
  let blankSeen = false
  for (let at = from; at < end; at++) {
    const code = frame.charCodeAt(at)
    if (code === 58) return true
    if (code === 13 || code === 10) return false
    if (isBlank(code)) blankSeen = true
    else if (blankSeen || code < 32 || code > 126) return false
  }
  return false
}

function nextLine(frame: string, from: number, end: number): number {
  const at = frame.indexOf('\r\n', from)
  return at < 0 || at >= end ? end : at + 2
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
