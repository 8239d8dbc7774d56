import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { ServerCertificate } from '../kernel/bounded-http-server.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import { problemOfError } from './failed.ts'
import { Gatekeeper, type GatekeeperParts, type Use } from './gatekeeper.ts'
import { commonHeaders } from './headers.ts'
import { answerBroken, createHttpServer } from './http-server.ts'
import type { Idempotency } from './idempotency.ts'
import { type Problem, problemBody, problemHeaders, problems } from './problem.ts'
import type { Route } from './route.ts'
import { bytesOf, send, serve } from './serve.ts'
import { Strangers } from './strangers.ts'

/** Of a JSON body. */
const bodyBytesMax = 65_536
/** For a JSON body to be through; streams have as long as the server gives a request. */
const bodyTimeoutMs = 30_000
const requestIdBytes = 12
const changing: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export interface ApiParts extends GatekeeperParts {
  readonly idempotency: Idempotency
  readonly random: Random
  readonly logger: Logger
  readonly tls: ServerCertificate | undefined
}

/** The HTTP API over its routes; listens to nothing yet. */
export function createApi(parts: ApiParts, routes: readonly Route[]): FastifyInstance {
  const { logger, random, clock, tls } = parts
  const gatekeeper = new Gatekeeper(parts)
  const strangers = new Strangers()
  const uses = new WeakMap<FastifyRequest, Use>()
  const headers = commonHeaders(tls !== undefined)
  const app = fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    return503OnClosing: false,
    forceCloseConnections: true,
    genReqId: () => random.hex(requestIdBytes),
    clientErrorHandler: answerBroken,
    // No hook sees what has no route, and its own answer would tell the path.
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...headers, 'request-id': request.id })
      send(reply, problemOfError(error, logger))
    },
    routerOptions: { maxParamLength: 200 },
    exposeHeadRoutes: false,
    serverFactory: (handler) => strangers.watch(createHttpServer(handler, tls)),
  })

  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...headers, 'request-id': request.id })
    // Here and not in a handler, which is asked once the body is through.
    if (request.is404) return send(reply, unknownPath(routes, request))
    return undefined
  })
  app.addHook('onSend', async (request, reply, payload) => {
    // RFC 9112 9.3: what is still to come of a request that is answered would have to be read.
    if (isStillComing(request)) reply.header('connection', 'close')
    const use = uses.get(request)
    if (!use) return payload
    return await recorded({ gatekeeper, use, reply, payload, logger })
  })
  app.setErrorHandler((error, request, reply) => {
    // Who has gone away in the middle of a body hears nothing, and no fault is ours.
    const isCutOff = request.raw.destroyed && !request.raw.complete
    return send(reply, isCutOff ? { problem: 'body_malformed' } : problemOfError(error, logger))
  })
  takeBodies(app)

  for (const route of routes) {
    app.route({
      method: route.method,
      bodyLimit: route.bodyBytesMax ?? bodyBytesMax,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      onRequest: async (request, reply) => {
        if (route.access === 'anybody') return
        const use = useOf(route, request)
        uses.set(request, use)
        const admit = () => gatekeeper.admit(route, use, knockOf(request))
        const problem = (await admitted(reply, use, admit)) ?? encodingFault(request)
        if (!problem) knowUntilItEnds(strangers, request, reply)
        if (problem) await send(reply, problem)
        else if (!route.streamed) expectBody(request, reply, clock)
      },
      handler: async (request, reply) => {
        const use = uses.get(request)
        const outcome = await serve(parts, route, { request, use })
        if (use && 'read' in outcome) use.read = outcome.read
        return send(reply, outcome)
      },
    })
  }
  return app
}

/** Lets a request in, so that its place is free again however it ends: it may be gone before it is let in. */
async function admitted<Outcome>(
  reply: FastifyReply,
  use: Use,
  admit: () => Promise<Outcome>,
): Promise<Outcome> {
  reply.raw.once('close', () => use.leave?.())
  try {
    return await admit()
  } finally {
    if (reply.raw.closed) use.leave?.()
  }
}

/** Its connection counts as one of a stranger no more while it is answered. */
function knowUntilItEnds(strangers: Strangers, { raw }: FastifyRequest, reply: FastifyReply): void {
  if (!reply.raw.closed) reply.raw.once('close', strangers.know(raw.socket))
}

function isStillComing({ raw }: FastifyRequest): boolean {
  const { 'transfer-encoding': chunks, 'content-length': length } = raw.headers
  return !raw.complete && (chunks !== undefined || Number(length) > 0)
}

/** A byte a second would hold a place for hours: what is not through in time is not waited for. */
function expectBody(request: FastifyRequest, reply: FastifyReply, clock: Clock): void {
  if (!isStillComing(request)) return
  const timer = clock.after(bodyTimeoutMs, () => {
    if (!request.raw.complete && !reply.sent) send(reply, { problem: 'request_too_slow' })
  })
  for (const over of ['end', 'close'] as const) request.raw.once(over, () => timer.cancel())
}

interface Recording {
  readonly gatekeeper: Gatekeeper
  readonly use: Use
  readonly reply: FastifyReply
  readonly payload: unknown
  readonly logger: Logger
}

/** What leaves: the answer, or a problem in its stead where it could not be recorded. */
async function recorded({ gatekeeper, use, reply, payload, logger }: Recording): Promise<unknown> {
  try {
    await gatekeeper.ended(use, reply.statusCode)
    return payload
  } catch (error) {
    if (payload && typeof payload === 'object' && 'destroy' in payload) {
      ;(payload as { destroy(): void }).destroy()
    }
    const problem = problemOfError(error, logger)
    reply.removeHeader('etag').removeHeader('location').removeHeader('content-length')
    reply.code(problems[problem.problem].status).headers(problemHeaders(problem))
    return bytesOf(problemBody(problem))
  }
}

function useOf(route: Route, request: FastifyRequest): Use {
  return {
    requestId: request.id,
    operation: `${route.method} ${route.path}`,
    from: request.raw.socket.remoteAddress ?? '',
    changes: changing.has(route.method),
  }
}

function knockOf({ raw }: FastifyRequest) {
  const { remoteAddress = '', remotePort = 0 } = raw.socket
  return {
    source: { address: remoteAddress, port: remotePort, protocol: 'https' },
    userAgent: raw.headers['user-agent'],
    authorizations: valuesOf(raw.rawHeaders, 'authorization'),
  }
}

/** Every value of a field, for Node shows but the first of some. */
function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}

/** JSON, and streams for the routes that take one; nothing else. */
function takeBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const json = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, json)
  app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload))
}

/** RFC 9110 15.5.16: a body is taken as it is, or it is said that it would have to be. */
function encodingFault({ headers }: FastifyRequest): Problem | undefined {
  const coding = headers['content-encoding'] ?? 'identity'
  if (coding.trim().toLowerCase() === 'identity') return undefined
  return { problem: 'media_type_unsupported', headers: { 'accept-encoding': 'identity' } }
}

/** RFC 9110 15.5.6: a path that is known by other methods names them. */
function unknownPath(routes: readonly Route[], request: FastifyRequest): Problem {
  const [path = ''] = request.url.split('?')
  const methods = routes.filter((one) => patternOf(one).test(path)).map(({ method }) => method)
  if (methods.length === 0) return { problem: 'not_found' }
  return { problem: 'method_not_allowed', headers: { allow: methods.join(', ') } }
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]{1,200}')}$`)
}
