import { z } from '../config/zod.ts'
import { ifMatchForm } from './etag.ts'
import { linksOf } from './openapi-links.ts'
import { operationIdOf } from './operation-id.ts'
import { type ProblemName, problemMediaType, problems } from './problem.ts'
import { idempotencyKeyForm } from './read-request.ts'
import type { AnswerRow, Route } from './route.ts'
import { problemSchema } from './schemas.ts'

/** A JSON value of the document. */
type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of the routes: made from their schemas, so that it says what holds. */
export function openApiOf(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(route, routes),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tollgate',
      version,
      description:
        'Tollgate admits or refuses telephone calls by API key. The same keys work here, as `Authorization: Bearer tg_live_...`; what is for anybody needs none.',
    },
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description:
            "A tenant's key with the scope that the operation names, or an operator's key.",
        },
      },
    },
  }
}

function operationOf(route: Route, routes: readonly Route[]): Json {
  const { method, path, tag, summary, access } = route
  return {
    operationId: operationIdOf(route),
    tags: [tag],
    summary,
    description: whoMay(route),
    security: access === 'anybody' ? [] : [{ key: [] }],
    parameters: parametersOf(route),
    ...bodyOf(route),
    responses: { ...answersOf(route, routes), ...problemsOf(route) },
    'x-tollgate-access': access,
    'x-tollgate-operation': `${method} ${path}`,
  }
}

/** In words, who may use it. */
export function whoMay({ access }: Pick<Route, 'access'>): string {
  if (access === 'anybody') return 'For anybody.'
  const may = [
    ...(access.operator ? ["operators' keys"] : []),
    ...(access.scope ? [`tenants' keys with \`${access.scope}\``] : []),
  ]
  return `For ${may.join(' and ')}.`
}

function parametersOf({ params, query, creates, conditional }: Route): Json[] {
  return [
    ...fieldsOf('path', params),
    ...fieldsOf('query', query),
    ...(creates ? [idempotencyKey] : []),
    ...(conditional ? [{ ...ifMatch, required: conditional === true }] : []),
    ...(conditional === 'or-absent' ? [ifNoneMatch] : []),
  ]
}

const idempotencyKey: Json = {
  in: 'header',
  name: 'Idempotency-Key',
  required: false,
  description: 'A name for the request: sent again under it, it makes nothing twice.',
  schema: { type: 'string', pattern: idempotencyKeyForm.source },
}

/** Required but where a route also makes what does not exist yet. */
const ifMatch: Json = {
  in: 'header',
  name: 'If-Match',
  required: true,
  description: 'The `ETag` of what was read.',
  schema: { type: 'string', pattern: ifMatchForm.source },
}

const ifNoneMatch: Json = {
  in: 'header',
  name: 'If-None-Match',
  required: false,
  description: '`*`, in place of `If-Match`: to make what does not exist yet.',
  schema: { type: 'string', pattern: '^[*]$' },
}

function fieldsOf(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input')
  return Object.entries(properties as Record<string, Json>).map(([name, property]) => {
    const { description, ...rest } = property
    const isRequired = place === 'path' || (required as readonly string[]).includes(name)
    return { in: place, name, required: isRequired, description, schema: rest }
  })
}

function bodyOf({ body, streamed }: Route): Json {
  if (streamed) {
    const content = { [streamed.mediaType]: { schema: { type: 'string' } } }
    return { requestBody: { required: true, content } }
  }
  if (!body) return {}
  const content = { 'application/json': { schema: schemaOf(body, 'input') } }
  return { requestBody: { required: true, content } }
}

function answersOf(route: Route, routes: readonly Route[]): Json {
  const { answers, creates } = route
  const links = linksOf(route, routes)
  const entries = Object.entries(answers).map(([status, row]) => {
    const headers = {
      ...(route.tagged &&
        status !== '204' && { ETag: header('The state of what the answer shows.', true) }),
      ...(status === '201' && { Location: header('The path of what was made, if it has one.') }),
      ...(creates && {
        'Idempotency-Replayed': header('`true`: the answer to the first request, repeated.'),
      }),
    }
    return [status, { description: row.help, headers, ...contentOf(row), links }]
  })
  return Object.fromEntries(entries)
}

function header(description: string, required = false): Json {
  return { description, required, schema: { type: 'string' } }
}

function contentOf({ schema, mediaType = 'application/json' }: AnswerRow): Json {
  if (!schema) return {}
  return { content: { [mediaType]: { schema: schemaOf(schema, 'output') } } }
}

/** Every problem that the operation may answer with: its own, and those of its kind. */
function problemNamesOf(route: Route): readonly ProblemName[] {
  const { access, params, body, streamed, creates, conditional } = route
  const takesBody = body !== undefined || streamed !== undefined
  const names: ProblemName[] = [
    'request_invalid',
    'internal_error',
    ...(takesBody || route.method !== 'GET'
      ? ([
          ...(['body_malformed', 'request_too_slow', 'body_too_large'] as const),
          'media_type_unsupported',
        ] as const)
      : []),
    ...(access === 'anybody' ? [] : identityProblems),
    ...(creates ? (['idempotency_mismatch', 'conflict'] as const) : []),
    ...(conditional ? (['precondition_failed', 'precondition_required'] as const) : []),
    ...(params ? (['not_found'] as const) : []),
    ...(route.problems ?? []),
  ]
  return [...new Set(names)]
}

const identityProblems = [
  ...(['credentials_missing', 'credentials_invalid', 'key_expired', 'key_suspended'] as const),
  ...(['key_revoked', 'tenant_suspended', 'scope_denied', 'rate_exceeded'] as const),
  ...(['store_unavailable', 'audit_unavailable'] as const),
]

/** Problems by their status, several of one together. */
function problemsOf(route: Route): Json {
  const byStatus = new Map<number, ProblemName[]>()
  for (const name of problemNamesOf(route)) {
    const { status } = problems[name]
    if (status in route.answers) continue
    byStatus.set(status, [...(byStatus.get(status) ?? []), name])
  }
  const entries = [...byStatus].map(([status, names]) => {
    const description = names.map((name) => `\`${name}\`: ${problems[name].help}`).join(' ')
    const schema = { $ref: '#/components/schemas/Problem' }
    const headers = {
      ...(status === 401 && { 'WWW-Authenticate': header('The challenge (RFC 6750 3).', true) }),
      ...(status === 429 && { 'Retry-After': header('Seconds to wait.', true) }),
      ...(status === 503 && { 'Retry-After': header('Seconds to wait.') }),
    }
    return [status, { description, headers, content: { [problemMediaType]: { schema } } }]
  })
  return Object.fromEntries(entries)
}

/** The JSON Schema of draft 2020-12, which is what OpenAPI 3.1 takes. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.pattern) jsonSchema.pattern = withPlainDigits(jsonSchema.pattern)
      // The same, and there are readers who take the empty schema for none.
      const further = jsonSchema.additionalProperties
      const isAny = typeof further === 'object' && Object.keys(further).length === 0
      if (isAny) jsonSchema.additionalProperties = true
    },
  })
  return rest
}

/** ECMA-262's `\d` is 0 to 9; elsewhere it is every digit of Unicode. */
function withPlainDigits(pattern: string): string {
  return pattern.replaceAll(/\[(?:\\.|[^\]])*\]|\\./g, (part) => {
    return part === '\\d' ? '[0-9]' : part.startsWith('[') ? part.replaceAll('\\d', '0-9') : part
  })
}
