import { firstHeader } from '../message/headers.ts'
import type { Header, Request, Response } from '../message/message.ts'

const noBody = Buffer.alloc(0)

/** RFC 3261 8.1.1.6. */
const maxForwards: Header = { name: 'Max-Forwards', value: '70' }

/** The ACK to a final response other than 2xx, RFC 3261 17.1.1.3. `invite` is the one sent. */
export function ackTo(invite: Request, response: Response): Request {
  const to = firstHeader(response, 'To') ?? firstHeader(invite, 'To') ?? ''
  return withinTransaction(invite, 'ACK', to)
}

/** The CANCEL of an INVITE that was sent, RFC 3261 9.1. */
export function cancelOf(invite: Request, extraHeaders: readonly Header[]): Request {
  const cancel = withinTransaction(invite, 'CANCEL', firstHeader(invite, 'To') ?? '')
  return { ...cancel, headers: [...cancel.headers, ...extraHeaders] }
}

/** A request with the INVITE's URI, top Via, Route, From, Call-ID and CSeq number, and no body. */
function withinTransaction(invite: Request, method: string, to: string): Request {
  const headers: Header[] = []
  let viaTaken = false
  for (const header of invite.headers) {
    const { name } = header
    if (name === 'Via' && !viaTaken) viaTaken = headers.push(header, maxForwards) > 0
    else if (name === 'Route' || name === 'From' || name === 'Call-ID') headers.push(header)
    else if (name === 'To') headers.push({ name, value: to })
    else if (name === 'CSeq') headers.push({ name, value: withMethod(header.value, method) })
  }
  return { kind: 'request', method, uri: invite.uri, headers, body: noBody }
}

function withMethod(cseq: string, method: string): string {
  const end = cseq.search(/[ \t]/)
  return `${end < 0 ? cseq : cseq.slice(0, end)} ${method}`
}
