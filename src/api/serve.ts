import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../kernel/logger.ts'
import { aboutOf } from './asked-about.ts'
import type { Use } from './gatekeeper.ts'
import type { Attempted, Idempotency } from './idempotency.ts'
import { type Problem, problemBody, problemHeaders, problems } from './problem.ts'
import { type ReadRequest, readRequest } from './read-request.ts'
import { type Answer, type Asked, isAnswer, type Route } from './route.ts'

export interface ServeParts {
  readonly idempotency: Idempotency
  readonly logger: Logger
}

/** What an open route is asked by. */
const nobody = undefined as unknown as Asked['caller']

/** Reads a request that was let in, runs its operation, and gives what comes of it. */
export async function serve(
  { idempotency }: ServeParts,
  route: Route,
  { request, use }: { readonly request: FastifyRequest; readonly use: Use | undefined },
): Promise<Answer | Problem> {
  const headers = singleHeaders(request)
  const { params, query, body } = request
  if (isStream(body) !== (route.streamed !== undefined)) {
    return { problem: 'media_type_unsupported' }
  }
  const given = readRequest(route, { params, query, body, headers })
  if ('problem' in given) return given
  if (use) Object.assign(use, aboutOf(route.streamed ? { ...given, body: undefined } : given))
  const attempted = use?.caller && attemptOf(route, given, use.caller.key.id)
  const onceOf = (contents: unknown, run: () => Promise<Answer | Problem>) => {
    if (!attempted) return run()
    const request = { ...attempted.request, body: contents }
    return once(idempotency, { ...attempted, request }, run)
  }
  const asked: Asked = {
    ...given,
    once: onceOf,
    caller: use?.caller ?? nobody,
    headers,
    requestId: use?.requestId ?? '',
  }
  return route.streamed ? route.run(asked) : onceOf(given.body, () => route.run(asked))
}

interface AttemptedRequest extends Attempted {
  readonly request: {
    readonly operation: string
    readonly params: unknown
    readonly query: unknown
  }
}

function attemptOf(route: Route, given: ReadRequest, keyId: string): AttemptedRequest | undefined {
  const { idempotencyKey, params, query } = given
  if (!route.creates || idempotencyKey === undefined) return undefined
  const request = { operation: `${route.method} ${route.path}`, params, query }
  return { keyId, idempotencyKey, request }
}

const tooLong = 'The first request was carried out; its answer was too long to keep.'

/** Runs what makes something once for each Idempotency-Key. */
async function once(
  idempotency: Idempotency,
  attempted: Attempted,
  run: () => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  const beginning = await idempotency.begin(attempted)
  if (beginning === 'mismatch') return { problem: 'idempotency_mismatch' }
  if (beginning === 'running') {
    return {
      problem: 'conflict',
      detail: 'The first request with this Idempotency-Key is still running.',
    }
  }
  if (beginning !== 'first') {
    const { headers, isCut, ...first } = beginning
    if (isCut) return { problem: 'conflict', detail: tooLong }
    return { ...first, headers: { ...headers, 'idempotency-replayed': 'true' } }
  }
  // Where it throws, whether something was made is not known: for a minute nothing is made again.
  const outcome = await run()
  if (isAnswer(outcome)) await idempotency.end(attempted, outcome)
  else await idempotency.forget(attempted)
  return outcome
}

function singleHeaders({ headers }: FastifyRequest): Asked['headers'] {
  const named = ['idempotency-key', 'if-match', 'if-none-match', 'last-event-id', 'accept'] as const
  return Object.fromEntries(
    named.map((name) => {
      const value = headers[name]
      return [name, Array.isArray(value) ? value.join(', ') : value]
    }),
  )
}

/** Sends what came of a request. */
export function send(reply: FastifyReply, outcome: Answer | Problem): FastifyReply {
  if (!isAnswer(outcome)) {
    return reply
      .code(problems[outcome.problem].status)
      .headers(problemHeaders(outcome))
      .send(bytesOf(problemBody(outcome)))
  }
  const { status, body, etag, headers = {} } = outcome
  reply.code(status).headers({ ...(etag !== undefined && { etag }), ...headers })
  if (body === undefined) return reply.send()
  if (isStream(body)) return reply.send(body)
  const isText = (typeof body === 'string' || Buffer.isBuffer(body)) && 'content-type' in headers
  if (isText) return reply.send(body)
  return reply.headers({ 'content-type': 'application/json' }).send(bytesOf(body))
}

/** As bytes: to a text Fastify adds a charset, which RFC 8259 11 knows nothing of. */
export function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'pipe' in body
}
