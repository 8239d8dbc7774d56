import type { Header, Request, Response } from '../message/message.ts'
import { tagOf } from '../message/tags.ts'

const noBody = Buffer.alloc(0)

/** What a reply of the layer's own says. */
export interface Reply {
  readonly status: number
  readonly reason: string
  /** Goes into the To header unless the request has one there. */
  readonly toTag?: string
  readonly retryAfterS?: number
}

/** The response to a request that RFC 3261 8.2.6.2 describes, with nothing of an application. */
export function replyTo(request: Request, reply: Reply): Response {
  const { status, reason, toTag } = reply
  const headers: Header[] = []
  for (const header of request.headers) {
    if (header.name === 'To') headers.push(toTag === undefined ? header : tagged(header, toTag))
    else if (isCopied(header.name, status)) headers.push(header)
  }
  if (reply.retryAfterS !== undefined) {
    headers.push({ name: 'Retry-After', value: String(reply.retryAfterS) })
  }
  return { kind: 'response', status, reason, headers, body: noBody }
}

function isCopied(name: string, status: number): boolean {
  if (name === 'Via' || name === 'From' || name === 'Call-ID' || name === 'CSeq') return true
  // RFC 3261 8.2.6.1: a 100 returns the Timestamp.
  return name === 'Timestamp' && status === 100
}

function tagged(to: Header, tag: string): Header {
  if (tagOf(to.value) !== '') return to
  return { name: 'To', value: `${to.value};tag=${tag}` }
}
