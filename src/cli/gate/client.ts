import { X509Certificate } from 'node:crypto'
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { PeerCertificate } from 'node:tls'
import { Failure, hasCode } from '../../kernel/failure.ts'
import { printable } from '../command.ts'
import type { GatePlace } from './where.ts'

/** For the head of an answer and, but for streams, between its parts, milliseconds. */
const patienceMs = 30_000
/** More than any page of the API. */
const answerBytesMax = 16 * 1024 * 1024

/** What is asked of the API. */
export interface Asking {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON. */
  readonly body?: unknown
}

/** The answer of a gate as it is, its body still to be read. Throws a `Failure` where none comes. */
export async function ask(place: GatePlace, asking: Asking): Promise<IncomingMessage> {
  const { method, path, query = {}, headers, body } = asking
  const url = new URL(path, place.url)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const authorization = `Bearer ${place.key.reveal()}`
  const options: RequestOptions = {
    method,
    timeout: patienceMs,
    agent: false,
    ...trustIn(place),
    headers: {
      accept: '*/*',
      ...headers,
      authorization,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = send(url, options, resolve)
    sent.on('timeout', () => sent.destroy(new Error('it does not answer')))
    sent.on('error', (cause) => reject(unreachable(place, cause)))
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
  if (response.statusCode && response.statusCode < 300) return response
  throw refused(response.statusCode ?? 0, await textOf(response))
}

/** What a gate answers, read as JSON; undefined where it says nothing. */
export async function askJson<Answer>(place: GatePlace, asking: Asking): Promise<Answer> {
  const text = await textOf(await ask(place, asking))
  try {
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  } catch {
    throw new Failure('too_large', `what answers at ${place.url.origin} is not a gate`)
  }
}

/** Every item of a list, page by page. */
export async function askAll<Item>(place: GatePlace, asking: Asking): Promise<readonly Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const query = { ...asking.query, cursor }
    const page = await askJson<Page<Item>>(place, { ...asking, query })
    items.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return items
}

interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** The gate's own certificate is known from its settings: it is believed, whatever name it is asked by. */
function trustIn({ url, ca, isOwn }: GatePlace) {
  if (url.protocol === 'http:' || ca === undefined) return {}
  const trust = { ca, allowPartialTrustChain: true }
  if (!isOwn) return trust
  const { fingerprint256 } = new X509Certificate(ca)
  const checkServerIdentity = (_: string, shown: PeerCertificate) => {
    return shown.fingerprint256 === fingerprint256
      ? undefined
      : new Error('its certificate is not the one that the settings name')
  }
  return { ...trust, checkServerIdentity }
}

function unreachable({ url }: GatePlace, cause: Error): Failure {
  const why = hasCode(cause, 'ECONNREFUSED') ? 'nothing listens there' : cause.message
  return new Failure('timed_out', `no gate answers at ${url.origin}: ${why}`, { cause })
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > answerBytesMax) throw new Failure('too_large', "the gate's answer is too long")
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

/** What the gate says against it, in its own words. */
function refused(status: number, text: string): Failure {
  const { title, detail, errors } = problemIn(text)
  const fields = errors?.map(({ pointer, reason }) => `${pointer} ${reason}`).join(', ')
  const why = [title ?? `HTTP ${status}`, detail, fields].filter(Boolean).join(': ')
  const isNo = status === 404 || status === 409
  return new Failure(isNo ? 'not_found' : 'timed_out', printable(`the gate answers: ${why}`))
}

interface ProblemTold {
  readonly title?: string
  readonly detail?: string
  readonly errors?: readonly { readonly pointer: string; readonly reason: string }[]
}

function problemIn(text: string): ProblemTold {
  try {
    return Object(JSON.parse(text)) as ProblemTold
  } catch {
    return {}
  }
}
