import { Agent, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import type { Clock } from '../../kernel/clock.ts'
import { firstHeader } from '../message/headers.ts'
import type { Request } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { serialize } from '../message/serialize.ts'
import { parseSipUri } from '../message/uri.ts'
import type { Arrival } from '../transport/types.ts'
import { type Decision, readDecision } from './decision.ts'
import type { HttpHandlerSettings } from './settings.ts'

/** How long a handler may take unless the settings say otherwise, milliseconds. */
const answerWithinMs = 5_000
/** Longest body of an answer, bytes. */
export const answerBytesMax = 65_536
/** Connections to the handler at once; further questions wait, within their own time. */
const socketsMax = 64

/** Asks about a request; `done` gets undefined where no usable answer came in time. */
export type HttpHandler = (
  arrival: Arrival<Request>,
  done: (decision: Decision | undefined) => void,
) => void

/** A handler at the URL of the settings and nowhere else: redirections are not followed. */
export function createHttpHandler(
  settings: HttpHandlerSettings,
  clock: Clock,
): { readonly ask: HttpHandler; close(): void } {
  const base = new URL(settings.url)
  const isSecure = base.protocol === 'https:'
  if (!isSecure && base.protocol !== 'http:')
    throw new Error('a request handler is not a web address')
  const options = { keepAlive: true, maxSockets: socketsMax }
  const agent = isSecure ? new SecureAgent(options) : new Agent(options)
  const send = isSecure ? requestHttps : requestHttp
  const isPost = settings.httpMethod === 'POST'

  const ask: HttpHandler = (arrival, done) => {
    const url = new URL(base)
    for (const [name, value] of parametersOf(arrival)) url.searchParams.set(name, value)
    let isSettled = false
    const settle = (decision: Decision | undefined) => {
      if (isSettled) return
      isSettled = true
      timer.cancel()
      done(decision)
    }
    const asked = send(url, { agent, method: isPost ? 'POST' : 'GET' }, (response) => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > answerBytesMax) asked.destroy()
        else parts.push(chunk)
      })
      response.on('end', () => settle(readAnswer(response.statusCode, Buffer.concat(parts))))
      response.on('close', () => settle(undefined))
    })
    const timer = clock.after(settings.timeoutMs ?? answerWithinMs, () => {
      asked.destroy()
      settle(undefined)
    })
    asked.on('error', () => settle(undefined))
    if (isPost) asked.setHeader('Content-Type', 'text/plain')
    asked.end(isPost ? serialize(arrival.message) : undefined)
  }

  return { ask, close: () => agent.destroy() }
}

function readAnswer(status: number | undefined, body: Buffer): Decision | undefined {
  if (status !== 200) return undefined
  try {
    return readDecision(JSON.parse(body.toString()))
  } catch {
    // Whatever is no JSON is no decision either.
    return undefined
  }
}

/** What the handler is told (PROTOCOL 13): the parameters of the request-URI cannot hide the rest. */
function parametersOf({ message, source }: Arrival<Request>): [string, string][] {
  const uri = parseSipUri(message.uri)
  const user = (value: string | undefined) => parseSipUri(value ?? '')?.user ?? ''
  const address = (name: string) => parseNameAddr(firstHeader(message, name) ?? '')?.uri
  return [
    ...(uri?.params ?? []),
    ['method', message.method],
    ['domain', uri?.host ?? ''],
    ['protocol', source.protocol],
    ['source_address', source.address],
    ['fromUser', user(address('From'))],
    ['toUser', user(address('To'))],
    ['uriUser', uri?.user ?? ''],
    ['contentType', firstHeader(message, 'Content-Type') ?? ''],
    ['uri', message.uri],
  ]
}
