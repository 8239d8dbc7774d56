import type { Header, Request, Response } from '../message/message.ts'
import { tagOf } from '../message/tags.ts'
import { isToken } from '../message/text.ts'
import type { AppResponse } from '../protocol/types.ts'
import { contentType, sortHeaders } from './app-headers.ts'
import { secured } from './secure-contact.ts'
import type { InboundRequest } from './stack.ts'

const noBody = Buffer.alloc(0)

/** RFC 3261 8.2.6.2: what a response has from its request, in the request's order. */
function copiedHeaders(request: Request, status: number, tag: string): Header[] {
  const headers: Header[] = []
  for (const header of request.headers) {
    switch (header.name) {
      case 'Via':
      case 'From':
      case 'Call-ID':
      case 'CSeq':
        headers.push(header)
        break
      case 'Record-Route':
        // RFC 3261 12.1.1: what may open a dialog says its route; a refusal has none.
        if (status < 300) headers.push(header)
        break
      case 'To':
        headers.push(status > 100 && tagOf(header.value) === '' ? tagged(header, tag) : header)
        break
      default:
    }
  }
  return headers
}

function tagged(to: Header, tag: string): Header {
  return { name: 'To', value: `${to.value};tag=${tag}` }
}

/** A response of our own, with nothing of an app. */
export function ownResponse(
  request: Request,
  status: { readonly code: number; readonly reason: string; readonly tag: string },
  extraHeaders: readonly Header[] = [],
): Response {
  const headers = [...copiedHeaders(request, status.code, status.tag), ...extraHeaders]
  return { kind: 'response', status: status.code, reason: status.reason, headers, body: noBody }
}

/**
 * Builds an app's response (PROTOCOL 4.4). Whatever it says about From, To, Call-ID and CSeq, the
 * request decides, except that the To tag is the app's to choose with its first response. `own` is
 * what the engine says beside the app: its Contact unless the app gives one, and more headers.
 */
export function buildResponse(
  message: AppResponse,
  inbound: InboundRequest,
  own: { readonly contact: string | undefined; readonly headers: readonly Header[] },
): Response {
  const { arrival } = inbound.transaction
  const sorted = sortHeaders(message.headers, arrival.listener)
  const headers = copiedHeaders(arrival.message, message.status, inbound.localTag)
  const contact = sorted.contact ?? own.contact
  if (contact !== undefined) {
    const value = secured(contact, arrival.message, arrival.listener)
    headers.push({ name: 'Contact', value })
  }
  headers.push(...own.headers, ...sorted.others)
  const { value } = contentType(sorted.contentType, message.body)
  if (value !== undefined) headers.push({ name: 'Content-Type', value })
  const { status, reason, body } = message
  return { kind: 'response', status, reason, headers, body }
}

/** The To tag that an app asks for in its first response, if it asks for one that can be. */
export function chosenTag(message: AppResponse): string | undefined {
  for (const header of message.headers) {
    if (header.name !== 'To') continue
    const tag = tagOf(header.value)
    return isToken(tag) ? tag : undefined
  }
  return undefined
}
