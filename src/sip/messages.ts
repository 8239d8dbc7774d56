import type { RawMessage } from './raw-message.ts'

/**
 * Header fields to send: name to value. A list header carries its values joined by commas; several
 * values are one field each, for headers that must not be joined (RFC 3261 7.3.1).
 */
export type Headers = Readonly<Record<string, string | readonly string[]>>

/** What a message to be sent carries beyond what the engine writes by itself. */
export interface Payload {
  readonly headers: Headers
  readonly body: string
}

/** A response to be sent. */
export interface Answer extends Payload {
  readonly status: number
  readonly phrase: string
}

/** A response as received. */
export interface Reply {
  readonly status: number
  readonly phrase: string
  /** Undefined where no message came and the status is ours. */
  readonly message: RawMessage | undefined
}

export const nothing: Payload = { headers: {}, body: '' }

/** A response without content. */
export function plainAnswer(status: number, phrase: string, headers: Headers = {}): Answer {
  return { status, phrase, headers, body: '' }
}
