/**
 * One header field as received: name in canonical case where known, value unfolded and trimmed. A byte
 * of it that is no UTF-8 stands in its text as `kernel/byte-text.ts` has it, and is written as it came.
 */
export interface Header {
  readonly name: string
  readonly value: string
}

/** A SIP request, RFC 3261 7.1. `headers` keep their order on the wire; `body` is byte for byte. */
export interface Request {
  readonly kind: 'request'
  readonly method: string
  readonly uri: string
  readonly headers: readonly Header[]
  readonly body: Buffer
}

/** A SIP response, RFC 3261 7.2. */
export interface Response {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly headers: readonly Header[]
  readonly body: Buffer
}

export type Message = Request | Response
