import type { Random } from '../../kernel/random.ts'
import { parseCSeq } from '../message/cseq.ts'
import type { Header, Request } from '../message/message.ts'
import { tagOf } from '../message/tags.ts'
import { isToken } from '../message/text.ts'
import type { AppRequest } from '../protocol/types.ts'
import type { Listener } from '../transport/types.ts'
import {
  addressValue,
  contactOf,
  contentType,
  maxForwardsValue,
  type SortedHeaders,
  sortHeaders,
} from './app-headers.ts'
import { secured } from './secure-contact.ts'
import type { Leg } from './stack.ts'

/** A request ready for the transaction layer, or why the app may not send it (PROTOCOL 4.6). */
export type Built =
  | { readonly request: Request; readonly refusal?: undefined }
  | { readonly request?: undefined; readonly refusal: string }

/** Random bytes in our tags and Call-IDs: RFC 3261 19.3 asks for 32 bits at least. */
const tagBytes = 8
const callIdBytes = 16
/** A first CSeq stays well below 2^31 (RFC 3261 8.1.1.5). */
const firstSequenceMax = 2 ** 30

/** Methods that carry a Contact inside a dialog: they refresh the target or open a usage. */
const contactMethods = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE', 'NOTIFY'])

/** A fresh tag. */
export function newTag(random: Random): string {
  return random.hex(tagBytes)
}

/** Builds a request outside any dialog by the table of PROTOCOL 4.1, all but its Via. */
export function buildRequest(message: AppRequest, listener: Listener, random: Random): Built {
  const sorted = sortHeaders(message.headers, listener)
  const from = fromValue(sorted.from, listener, random)
  if (from === undefined) {
    return { refusal: `invalid from value provided by client: ${sorted.from ?? ''}` }
  }
  const to = addressValue(sorted.to ?? `<${message.uri}>`, listener)
  if (to === undefined)
    return { refusal: `invalid to value provided by client: ${sorted.to ?? ''}` }
  const body = bodyHeaders(sorted, message.body)
  if (!body) return { refusal: 'missing content-type' }
  const headers: Header[] = [
    { name: 'Max-Forwards', value: maxForwardsValue(sorted.maxForwards) },
    { name: 'From', value: from },
    { name: 'To', value: to },
    { name: 'Call-ID', value: callIdValue(sorted.callId, random) },
    { name: 'CSeq', value: cseqValue(sorted.cseq, message.method, random) },
  ]
  const opens = message.method === 'INVITE' || message.method === 'SUBSCRIBE'
  const contact = sorted.contact ?? (opens ? contactOf(listener) : undefined)
  const request = { ...asRequest(message), headers }
  if (contact !== undefined) {
    headers.push({ name: 'Contact', value: secured(contact, request, listener) })
  }
  headers.push(...sorted.others, ...body)
  return { request }
}

/** What the dialog says about a request inside it. */
export interface InDialogParts {
  readonly leg: Leg
  readonly listener: Listener
  readonly requestUri: string
  readonly routes: readonly string[]
  readonly sequence: number
}

/**
 * Builds a request inside a dialog (PROTOCOL 4.2), all but its Via. From, To, Call-ID and CSeq are
 * the dialog's: what the app says about them is not used.
 */
export function buildInDialog(message: AppRequest, parts: InDialogParts): Built {
  const { dialog } = parts.leg
  const sorted = sortHeaders(message.headers, parts.listener)
  const body = bodyHeaders(sorted, message.body)
  if (!body) return { refusal: 'missing content-type' }
  const headers: Header[] = parts.routes.map((value) => ({ name: 'Route', value }))
  headers.push(
    { name: 'Max-Forwards', value: maxForwardsValue(sorted.maxForwards) },
    { name: 'From', value: dialog.local },
    { name: 'To', value: dialog.remote },
    { name: 'Call-ID', value: dialog.callId },
    { name: 'CSeq', value: `${parts.sequence} ${message.method}` },
  )
  if (contactMethods.has(message.method)) {
    headers.push({ name: 'Contact', value: sorted.contact ?? parts.leg.contact })
  }
  headers.push(...sorted.others, ...body)
  return { request: { ...asRequest(message), uri: parts.requestUri, headers } }
}

function asRequest(message: AppRequest): Omit<Request, 'headers'> {
  return { kind: 'request', method: message.method, uri: message.uri, body: message.body }
}

function fromValue(
  given: string | undefined,
  listener: Listener,
  random: Random,
): string | undefined {
  const value = addressValue(given ?? contactOf(listener), listener)
  if (value === undefined) return undefined
  const tag = tagOf(value)
  if (tag === '') return `${value};tag=${newTag(random)}`
  return isToken(tag) ? value : undefined
}

function callIdValue(given: string | undefined, random: Random): string {
  const usable = given !== undefined && given !== '' && !/[\s|]/.test(given)
  return usable ? given : random.hex(callIdBytes)
}

function cseqValue(given: string | undefined, method: string, random: Random): string {
  const cseq = given === undefined ? undefined : parseCSeq(given)
  const sequence = cseq?.method === method ? cseq.number : 1 + random.below(firstSequenceMax)
  return `${sequence} ${method}`
}

function bodyHeaders(sorted: SortedHeaders, body: Buffer): Header[] | undefined {
  const { value, missing } = contentType(sorted.contentType, body)
  if (missing) return undefined
  return value === undefined ? [] : [{ name: 'Content-Type', value }]
}
